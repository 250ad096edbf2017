import { expect, test } from 'vitest';
import { models } from '../../../../src/shared/contract/management/models.js';
import { openTestManagement } from '../../../support/management.js';

const api = openTestManagement();
const ask = (channel: string) => api.ask(`/v0/management/model-definitions/${channel}`);

test.each(['claude', 'codex', 'gemini', 'vertex', 'GitHub-Copilot'])('lists what is known of %s', async (channel) => {
  const { status, body } = await ask(channel);
  expect(status).toBe(200);
  const told = models.getModelDefinitions.output.parse(body);
  expect(told.channel).toBe(channel.toLowerCase());
  expect(told.models.length).toBeGreaterThan(0);
  expect(told.models.every(({ type, display_name: name }) => type === told.channel && name !== '')).toBe(true);
});

test('a vendor that nothing is known of has no models', async () => {
  expect((await ask('grok')).body).toEqual({ channel: 'xai', models: [] });
});

test.each(['zz', 'constructor', '__proto__', '%20'])('%s is no channel', async (channel) => {
  expect(await ask(channel)).toMatchObject({ status: 400, body: { error: 'unknown channel' } });
});
