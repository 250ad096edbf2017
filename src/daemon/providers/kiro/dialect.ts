import type { StreamFacts, StreamTap, UpstreamDialect } from '../../dialects/dialect.js';
import { openAwsEventStreamDeframer } from '../../framing/aws-event-stream.js';
import { openCollector } from '../../ir/collect.js';
import type { ModelEvent } from '../../ir/event.js';
import { mergeUsage } from '../../ir/usage.js';
import { decodeError } from './decode-error.js';
import { openDecoder } from './decode-stream.js';
import { encodeRequest } from './encode-request.js';
import { ID } from './wire.js';

/** Kiro's `generateAssistantResponse`. No client speaks it, so nothing of it is ever relayed. */
export const kiroUpstream: UpstreamDialect = {
  id: ID,
  encodeRequest,
  // It takes images as data only.
  opensLink: () => false,
  openDeframer: openAwsEventStreamDeframer,
  openDecoder,
  decodeResponse(body, restore) {
    const collector = openCollector();
    const decoder = openDecoder(restore);
    decoder.push('assistantResponseEvent', JSON.stringify(body), collector.write);
    decoder.end(collector.write);
    return collector.result();
  },
  decodeError,
  openTap,
  tapResponse: () => ({}),
  editReasoning: () => undefined,
  readReasoning: () => undefined,
  dropForeignState: () => [],
};

function openTap(): StreamTap {
  const facts: StreamFacts = { started: false, ended: false };
  const decoder = openDecoder({});
  const note = (event: ModelEvent): void => {
    if (event.type === 'usage') facts.usage = mergeUsage(facts.usage, event.usage);
    else if (event.type === 'error') facts.failure = event.error;
    else if (event.type !== 'response-start') facts.started = true;
    if (event.type !== 'response-end') return;
    facts.ended = true;
    facts.finish = event.finish;
  };
  const deframer = openAwsEventStreamDeframer((event, data) => decoder.push(event, data, note));
  return {
    facts,
    observe: (chunk) => deframer.push(chunk),
    end() {
      deframer.end();
      decoder.end(note);
    },
  };
}
