import { expect, test } from 'vitest';
import { fragmentOf, openResponsesHistory } from '../../../src/daemon/server/responses-socket-history.js';

const one = fragmentOf([{ role: 'user', content: 'one' }]);
const two = fragmentOf([{ role: 'user', content: 'two' }]);

test('gives a conversation back', () => {
  const history = openResponsesHistory();
  history.add('resp_1', [one]);
  history.add('resp_2', [one, two]);
  expect(history.find('resp_1')).toEqual([one]);
  expect(history.find('resp_2')).toEqual([one, two]);
});

test('an unknown response is a bad request with the code that makes clients send everything', () => {
  expect(() => openResponsesHistory().find('resp_9')).toThrow(
    expect.objectContaining({
      failure: expect.objectContaining({ code: 'previous_response_not_found', param: 'previous_response_id' }),
    }),
  );
});

test('the oldest response goes when there are too many', () => {
  const history = openResponsesHistory({ responses: 2, bytes: 1000 });
  for (const id of ['resp_1', 'resp_2', 'resp_3']) history.add(id, [one]);
  expect(() => history.find('resp_1')).toThrow('resp_1');
  expect(history.find('resp_2')).toEqual([one]);
});

test('what conversations share counts once, what is too large is forgotten', () => {
  const history = openResponsesHistory({ responses: 8, bytes: one.bytes + two.bytes });
  history.add('resp_1', [one]);
  history.add('resp_2', [one, two]);
  expect(history.find('resp_1')).toEqual([one]);
  history.add('resp_3', [one, two, fragmentOf([{ role: 'user', content: 'three' }])]);
  for (const id of ['resp_1', 'resp_2', 'resp_3']) expect(() => history.find(id)).toThrow(id);
});
