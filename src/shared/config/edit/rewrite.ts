import { isCollection, isSeq } from 'yaml';
import { readDocument } from '../source.js';
import type { Step } from './changes.js';

/** Does the steps by printing the whole document anew: comments and order stay, spacing may not. For what cannot be spliced. */
export function rewriteSteps(text: string, steps: readonly Step[]): string {
  const document = readDocument(text);
  // An explicit null at the top cannot take members.
  if (!isCollection(document.contents)) document.contents = document.createNode({});
  for (const step of steps) {
    if (step.type === 'remove') document.deleteIn(step.path);
    else if (step.type === 'replace' && step.path.length === 0) document.contents = document.createNode(step.value);
    else if (step.type === 'replace') document.setIn(step.path, document.createNode(step.value));
    else if (step.type === 'add-member') document.setIn([...step.path, step.key], document.createNode(step.value));
    else {
      const seq = document.getIn(step.path, true);
      if (isSeq(seq)) seq.items.splice(step.index, 0, document.createNode(step.value));
    }
  }
  const printed = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return text.includes('\r\n') ? printed.replaceAll('\n', '\r\n') : printed;
}
