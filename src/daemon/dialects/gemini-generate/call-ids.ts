interface Call {
  readonly id: string;
  readonly name: string;
  readonly isAnonymous: boolean;
}

/** Pairs calls and responses of a history in which ids are optional. */
export interface CallIds {
  /** The id of a call; one that has none gets a number, the same each time this history is sent. */
  call(id: string | undefined, name: string): string;
  /** The id of the call that a response answers. */
  response(id: string | undefined, name: string): string;
}

export function openCallIds(): CallIds {
  const known = new Set<string>();
  const unanswered: Call[] = [];
  let count = 0;

  const mint = (): string => {
    do count++;
    while (known.has(`call_gemini_${count}`));
    return `call_gemini_${count}`;
  };
  const answer = (matches: (call: Call) => boolean): string | undefined => {
    const at = unanswered.findIndex(matches);
    return at === -1 ? undefined : unanswered.splice(at, 1)[0]?.id;
  };

  return {
    call(id, name) {
      const isAnonymous = id === undefined || id === '';
      const callId = isAnonymous ? mint() : id;
      known.add(callId);
      unanswered.push({ id: callId, name, isAnonymous });
      return callId;
    },
    response(id, name) {
      if (id === undefined || id === '') {
        return answer((call) => call.name === name) ?? answer(() => true) ?? mint();
      }
      if (known.has(id)) return answer((call) => call.id === id) ?? id;
      // Gemini CLI numbers its responses itself while the calls in its history have no id.
      return answer((call) => call.isAnonymous && call.name === name) ?? id;
    },
  };
}
