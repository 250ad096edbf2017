import type { ModelEvent } from '../../ir/event.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { Citation, Part } from '../../ir/request.js';
import { type ClientAnswer, finishedContent, messageIdSource, messageMembers, unwrapInput } from './client-answer.js';
import {
  callItem,
  carrierItem,
  imageItem,
  messageItem,
  reasoningItem,
  refusalContent,
  searchItem,
  summaryOf,
  textContent,
} from './output-items.js';
import { DIALECT, kept, wireMembers } from './wire.js';

/** Writes one event: its type, and its members as JSON text without braces. */
type WriteEvent = (type: string, members: string) => void;

/** The output so far of one streamed answer. */
export interface Output {
  readonly write: WriteEvent;
  readonly answer: ClientAnswer;
  /** JSON texts of the finished items. */
  readonly items: string[];
}

/** The item under way. */
export interface OpenBlock {
  /** Takes a delta, a citation or the end of its own block. */
  take(event: ModelEvent): void;
}

type Start<T extends ModelEvent['type']> = Extract<ModelEvent, { readonly type: T }>;

function add({ write, items }: Output, item: JsonObject): void {
  write('response.output_item.added', `"output_index":${items.length},"item":${JSON.stringify(item)}`);
}

function finish({ write, items }: Output, item: JsonObject): void {
  const text = JSON.stringify(item);
  write('response.output_item.done', `"output_index":${items.length},"item":${text}`);
  items.push(text);
}

export function openText(output: Output, start: Start<'text-start'>): OpenBlock {
  const { write, answer, items } = output;
  const id = answer.itemId(messageIdSource(start), 'msg_');
  const extra = messageMembers(start);
  const at = `"item_id":${JSON.stringify(id)},"output_index":${items.length},"content_index":0`;
  const kind = start.refusal ? 'refusal' : 'output_text';
  const deltaType = `response.${kind}.delta`;
  const deltaHead = start.refusal ? `${at},"delta":` : `${at},"logprobs":[],"delta":`;
  const citations: Citation[] = [];
  let text = '';

  add(output, messageItem(id, 'in_progress', [], extra));
  const empty = start.refusal ? refusalContent('') : textContent('', [], {});
  write('response.content_part.added', `${at},"part":${JSON.stringify(empty)}`);

  return {
    take(event) {
      switch (event.type) {
        case 'text-delta':
          text += event.text;
          return write(deltaType, deltaHead + JSON.stringify(event.text));
        case 'citation':
          citations.push(event.citation);
          return;
        case 'text-end': {
          const { ext, refusal } = { ...start, ...event };
          const part = {
            type: 'text',
            text,
            citations,
            ...(refusal ? { refusal } : {}),
            ...(ext ? { ext } : {}),
          } as const;
          const content = finishedContent(part);
          writeAnnotations(write, at, content['annotations']);
          const whole = JSON.stringify(text);
          write(
            `response.${kind}.done`,
            `${at},${start.refusal ? '' : '"logprobs":[],'}"${start.refusal ? 'refusal' : 'text'}":${whole}`,
          );
          write('response.content_part.done', `${at},"part":${JSON.stringify(content)}`);
          return finish(output, messageItem(id, 'completed', [content], extra));
        }
      }
    },
  };
}

/** Told at the end of the text: a citation without offsets speaks of all of it. */
function writeAnnotations(write: WriteEvent, at: string, annotations: JsonValue | undefined): void {
  if (!Array.isArray(annotations)) return;
  annotations.forEach((annotation, index) => {
    const members = `"annotation_index":${index},"annotation":${JSON.stringify(annotation)}`;
    write('response.output_text.annotation.added', `${at},${members}`);
  });
}

export function openReasoning(output: Output, start: Start<'reasoning-start'>): OpenBlock {
  const { write, answer, items } = output;
  const { wantsEncrypted } = answer;
  const id = answer.itemId(kept(start), 'rs_');
  const at = `"item_id":${JSON.stringify(id)},"output_index":${items.length},"summary_index":0`;
  const deltaHead = `${at},"delta":`;
  let text = '';
  add(output, reasoningItem({ id, summary: [], state: {}, wantsEncrypted, extra: {} }));

  return {
    take(event) {
      switch (event.type) {
        case 'reasoning-delta':
          if (text === '')
            write('response.reasoning_summary_part.added', `${at},"part":{"type":"summary_text","text":""}`);
          text += event.text;
          return write('response.reasoning_summary_text.delta', deltaHead + JSON.stringify(event.text));
        case 'reasoning-end': {
          if (text !== '') {
            const whole = JSON.stringify(text);
            write('response.reasoning_summary_text.done', `${at},"text":${whole}`);
            write('response.reasoning_summary_part.done', `${at},"part":{"type":"summary_text","text":${whole}}`);
          }
          const summary = summaryOf(text);
          return finish(
            output,
            reasoningItem({ id, summary, state: { ...start, ...event }, wantsEncrypted, extra: {} }),
          );
        }
      }
    },
  };
}

export function openCall(output: Output, start: Start<'tool-call-start'>): OpenBlock {
  const { write, answer, items } = output;
  const carrier = carrierItem(start, answer);
  if (carrier !== undefined) {
    add(output, { ...carrier, encrypted_content: undefined });
    finish(output, carrier);
  }
  const tool = answer.toolOf(start);
  const isCustom = tool.kind === 'custom';
  const { id: _id, ...extra } = wireMembers(kept(start));
  const common = { id: answer.itemId(kept(start), isCustom ? 'ctc_' : 'fc_'), callId: start.id, tool, extra };
  const at = `"item_id":${JSON.stringify(common.id)},"output_index":${items.length}`;
  const deltaType = isCustom ? 'response.custom_tool_call_input.delta' : 'response.function_call_arguments.delta';
  const deltaHead = `${at},"delta":`;
  /** JSON around a custom tool's text cannot be taken off before it is complete. */
  const isWrapped = isCustom && start.custom !== true;
  let input = '';
  add(output, callItem({ ...common, input, status: 'in_progress' }));

  return {
    take(event) {
      switch (event.type) {
        case 'tool-call-delta':
          input += event.json;
          if (!isWrapped) write(deltaType, deltaHead + JSON.stringify(event.json));
          return;
        case 'tool-call-end': {
          const late = isWrapped ? unwrapInput(input) : input === '' && !isCustom ? '{}' : '';
          if (late !== '') write(deltaType, deltaHead + JSON.stringify(late));
          if (isWrapped || late !== '') input = late;
          const whole = JSON.stringify(input);
          if (isCustom) write('response.custom_tool_call_input.done', `${at},"input":${whole}`);
          else
            write(
              'response.function_call_arguments.done',
              `${at},"name":${JSON.stringify(tool.name)},"arguments":${whole}`,
            );
          return finish(output, callItem({ ...common, input, status: 'completed' }));
        }
      }
    },
  };
}

/** Writes a part that came whole. Media other than images, and what only another dialect has, cannot be shown here. */
export function writePart(output: Output, part: Part): void {
  const { write, answer, items } = output;
  switch (part.type) {
    case 'search': {
      const id = answer.itemId(part.id.startsWith('ws_') ? { id: part.id } : {}, 'ws_');
      const at = `"item_id":${JSON.stringify(id)},"output_index":${items.length}`;
      add(output, searchItem(part, id, 'in_progress'));
      for (const step of ['in_progress', 'searching', 'completed']) write(`response.web_search_call.${step}`, at);
      return finish(output, searchItem(part, id, 'completed'));
    }
    case 'media': {
      const id = answer.itemId(kept(part), 'ig_');
      const started = imageItem(part, id, 'in_progress');
      const done = imageItem(part, id, 'completed');
      if (started === undefined || done === undefined) return;
      const at = `"item_id":${JSON.stringify(id)},"output_index":${items.length}`;
      add(output, started);
      for (const step of ['in_progress', 'generating', 'completed'])
        write(`response.image_generation_call.${step}`, at);
      return finish(output, done);
    }
    case 'native':
      if (part.dialect !== DIALECT) return;
      add(output, part.value);
      return finish(output, part.value);
  }
}
