import { hash } from 'node:crypto';
import type { SessionIds } from '../pool/sticky.js';
import { openSkim, type Skim } from './skim.js';
import type { ForkableBody } from './wire-body.js';

/** How much of a text says which one it is; beyond it nothing is read. */
const OPENING_BYTES = 100;

interface Opening {
  system: string | undefined;
  user: string | undefined;
  assistant: string | undefined;
}

/**
 * Knows a conversation by the way it begins, where it has no name: the first 100 bytes of the system prompt, of what the user
 * and then the model said first. The second id leaves the model out, since the first request has no answer yet. Any dialect;
 * the body is skimmed within a bound, never parsed.
 */
export function openingOf(body: ForkableBody): SessionIds | undefined {
  const opening: Opening = { system: undefined, user: undefined, assistant: undefined };
  for (const key of SYSTEM_MEMBERS) opening.system ??= textIn(body, key);
  for (const key of TURN_MEMBERS) {
    const bytes = body.slice(key);
    if (bytes === undefined) continue;
    readTurns(openSkim(bytes), opening);
    break;
  }
  const { system, user, assistant } = opening;
  if (user === undefined) return undefined;
  const second = idOf(`${system ?? ''}\0${user}`);
  return assistant === undefined ? { id: second } : { id: idOf(`${system ?? ''}\0${user}\0${assistant}`), second };
}

const SYSTEM_MEMBERS = ['system', 'instructions', 'systemInstruction', 'system_instruction'] as const;
/** Of Chat and Messages, Responses, Gemini, and the legacy completions. */
const TURN_MEMBERS = ['messages', 'input', 'contents', 'prompt'] as const;

const idOf = (text: string): string => `msg:${hash('sha256', text, 'hex').slice(0, 24)}`;

function textIn(body: ForkableBody, key: string): string | undefined {
  const bytes = body.slice(key);
  return bytes && firstText(openSkim(bytes));
}

function readTurns(skim: Skim, opening: Opening): void {
  if (skim.kind() === 'string') {
    opening.user = skim.text(OPENING_BYTES);
    return;
  }
  skim.each('array', () => {
    let role: string | undefined;
    let text: string | undefined;
    skim.each('object', (key) => {
      if (key === 'role') role = skim.text(OPENING_BYTES);
      else if (key === 'content' || key === 'parts') text = firstText(skim);
      else skim.skip();
      return true;
    });
    if (text !== undefined) note(opening, role, text);
    return opening.user === undefined || opening.assistant === undefined;
  });
}

function note(opening: Opening, role: string | undefined, text: string): void {
  switch (role) {
    case 'system':
    case 'developer':
      opening.system ??= text;
      return;
    case 'assistant':
    case 'model':
      opening.assistant ??= text;
      return;
    case 'user':
    case undefined: // Gemini's default
      opening.user ??= text;
  }
}

/** The first text of a string, a block, or a list of blocks. */
function firstText(skim: Skim): string | undefined {
  switch (skim.kind()) {
    case 'string':
      return skim.text(OPENING_BYTES);
    case 'array': {
      let found: string | undefined;
      skim.each('array', () => {
        if (found === undefined) found = firstText(skim);
        else skim.skip();
        return true;
      });
      return found;
    }
    case 'object': {
      let found: string | undefined;
      skim.each('object', (key) => {
        if (key === 'text' || key === 'parts') found ??= firstText(skim);
        else skim.skip();
        return true;
      });
      return found;
    }
    default:
      skim.skip();
      return undefined;
  }
}
