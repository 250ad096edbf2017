import type { FailureFacts } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import { imagesEndpoint, isOpenAiImageModel } from '../openai-images.js';
import type { Call, Endpoint, EndpointQuery } from '../provider.js';

/** What the ChatGPT backend draws with itself; others are models of the hosted tool (codex.md 7). */
const DIRECT = /^gpt-image-(2|1\.5)\b/;

/** Chat models that draw with the tool where nobody configures one (`gpt-image-2-base-model`). */
export const DEFAULT_IMAGE_BASE = 'gpt-5.4-mini';

/** Members of the public API that the backend does not know: it gives data only, and knows whose account it is. */
const NOT_KNOWN = ['response_format', 'user', 'style'] as const;

export interface CodexImages {
  endpoint(query: EndpointQuery): Endpoint | undefined;
  /** The direct endpoint is not there for this account: from now on the tool draws. */
  reroute(failure: FailureFacts, endpoint: Endpoint): boolean;
}

/** The plan that has no pictures answers the tool with 400 (codex.md 7, 8). */
const hasImages = (plan: string | undefined): boolean => plan !== 'free';

/** Where a ChatGPT account draws: at an endpoint of its own, or with the hosted tool of a chat model. */
export function openCodexImages(base: string, plan: string | undefined): CodexImages {
  let hasDirect = true;
  return {
    endpoint(query) {
      if (!hasImages(plan) || !isOpenAiImageModel(query.model)) return undefined;
      if (hasDirect && DIRECT.test(query.model.id)) return imagesEndpoint(base, query);
      return { url: `${base}/responses`, dialect: 'openai-responses', alwaysStreams: true };
    },
    reroute({ status }, { dialect }) {
      if (dialect !== 'openai-images' || !hasDirect || (status !== 404 && status !== 405)) return false;
      hasDirect = false;
      return true;
    },
  };
}

/** The direct endpoint takes JSON only: a form becomes data URLs. */
export function directBody({ body, model }: Call, refusedToo: ReadonlySet<string>): Uint8Array {
  const members: Record<string, JsonObject[string]> = { ...body.toJSON(), model: model.id };
  for (const member of [...NOT_KNOWN, ...refusedToo]) delete members[member];
  return Buffer.from(JSON.stringify(members));
}

/** The catalogue's models that only draw, where the plan has them: the backend's list leaves them out. */
export const imageModels = (catalogue: readonly ModelInfo[], plan: string | undefined): readonly ModelInfo[] =>
  hasImages(plan) ? catalogue.filter(isOpenAiImageModel) : [];
