import { type Answer, type Call, THOUGHT } from '../compose.js';
import type { JsonRecord } from '../json.js';
import { issueOpaque } from '../opaque.js';
import type { Session } from '../vendor.js';
import { REASONING } from './check-input.js';

/** An item of the output, with its type on top so that the stream can tell them apart. */
export type OutputItem =
  | { readonly type: 'reasoning'; readonly id: string; readonly text: string; readonly encrypted: string | undefined }
  | { readonly type: 'message'; readonly id: string; readonly text: string }
  | { readonly type: 'call'; readonly id: string; readonly callId: string; readonly call: Call };

/** The answer as items; what is encrypted travels only when the request included it. */
export function itemsFor(answer: Answer, isEncrypted: boolean, { newId }: Session): readonly OutputItem[] {
  const { thinking, text, calls } = answer;
  return [
    ...(thinking === 'off'
      ? []
      : [
          {
            type: 'reasoning',
            id: newId('rs_', 48),
            text: thinking === 'shown' ? THOUGHT : '',
            encrypted: isEncrypted ? issueOpaque('openai', REASONING) : undefined,
          } as const,
        ]),
    ...(text === '' && calls.length > 0 ? [] : [{ type: 'message', id: newId('msg_', 48), text } as const]),
    ...calls.map(
      (call) =>
        ({
          type: 'call',
          id: newId(call.tool.isCustom === true ? 'ctc_' : 'fc_', 48),
          callId: newId('call_'),
          call,
        }) as const,
    ),
  ];
}

/** A finished item, as `output` holds it. */
export function printItem(item: OutputItem, status = 'completed'): JsonRecord {
  switch (item.type) {
    case 'reasoning':
      return {
        id: item.id,
        type: 'reasoning',
        summary: item.text === '' ? [] : [{ type: 'summary_text', text: item.text }],
        ...(item.encrypted === undefined ? {} : { encrypted_content: item.encrypted }),
      };
    case 'message':
      return { id: item.id, type: 'message', status, role: 'assistant', content: [printText(item.text)] };
    case 'call':
      return printCall(
        item,
        status,
        item.call.tool.isCustom === true ? item.call.args['input'] : JSON.stringify(item.call.args),
      );
    default: {
      const never: never = item;
      return never;
    }
  }
}

/** The same item as it starts: nothing in it yet. */
export function printStarted(item: OutputItem): JsonRecord {
  switch (item.type) {
    case 'reasoning':
      return { ...printItem(item), summary: [] };
    case 'message':
      return { ...printItem(item, 'in_progress'), content: [] };
    case 'call':
      return printCall(item, 'in_progress', '');
    default: {
      const never: never = item;
      return never;
    }
  }
}

export const printText = (text: string): JsonRecord => ({ type: 'output_text', annotations: [], logprobs: [], text });

function printCall(item: Extract<OutputItem, { type: 'call' }>, status: string, input: unknown): JsonRecord {
  const { tool } = item.call;
  return {
    id: item.id,
    type: tool.isCustom === true ? 'custom_tool_call' : 'function_call',
    status,
    [tool.isCustom === true ? 'input' : 'arguments']: input,
    call_id: item.callId,
    name: tool.name,
    ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }),
  };
}
