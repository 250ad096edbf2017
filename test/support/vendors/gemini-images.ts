import { checkRequest } from '../../../src/cli/demo/upstreams/gemini-generate/check.js';
import { Refusal } from '../../../src/cli/demo/upstreams/vendor.js';
import { isObject, type JsonObject, type JsonValue } from '../../../src/daemon/ir/json.js';
import { USER_AGENT } from '../../../src/shared/version.js';
import { PNG } from '../images.js';
import { type Front, type SeenRequest, startFront, type VendorAnswer } from './front.js';

export const GEMINI_KEY = 'AIza-test';

const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9', '1:4', '4:1', '1:8', '8:1'];
const PATH = /^\/v1(?:beta)?\/(?:publishers\/google\/)?models\/([^/:]+):(generateContent|streamGenerateContent)$/;

const refusal = (code: number, status: string, message: string): VendorAnswer => ({
  status: code,
  body: { error: { code, message, status } },
});

export interface FakeGeminiImages extends Front {
  /** In place of the picture: what the model says, or why it was stopped. */
  parts: readonly JsonObject[];
  finishReason: string;
}

const DRAWN: readonly JsonObject[] = [
  { thought: true, inlineData: { mimeType: 'image/png', data: PNG } },
  { text: 'A red square' },
  { inlineData: { mimeType: 'image/png', data: PNG }, thoughtSignature: 'c2lnbmF0dXJl' },
];

/** Google's image models, on the Gemini API and, with other members allowed, on Vertex AI in express mode. */
export async function startFakeGeminiImages(models: readonly string[]): Promise<FakeGeminiImages> {
  const settings = { parts: DRAWN, finishReason: 'STOP' };
  const front = await startFront({
    isInference: ({ method }) => method === 'POST',
    handle(request) {
      const [, model = '', method] = PATH.exec(request.path) ?? [];
      if (method === undefined) return refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
      if (request.headers['x-goog-api-key'] !== GEMINI_KEY)
        return refusal(400, 'INVALID_ARGUMENT', 'API key not valid.');
      if (request.headers['user-agent'] !== USER_AGENT) return refusal(403, 'PERMISSION_DENIED', 'not our User-Agent');
      if (!models.includes(model)) return refusal(404, 'NOT_FOUND', `models/${model} is not found`);
      const fault = faultOf(request, model);
      if (fault !== undefined) return refusal(400, 'INVALID_ARGUMENT', fault);
      return answer(settings, method === 'streamGenerateContent');
    },
  });
  const { reset } = front;
  return Object.assign(settings, front, {
    reset() {
      reset();
      Object.assign(settings, { parts: DRAWN, finishReason: 'STOP' });
    },
  });
}

function faultOf({ path, body }: SeenRequest, model: string): string | undefined {
  const isVertex = path.includes('/publishers/');
  const config = isObject(body['generationConfig']) ? body['generationConfig'] : {};
  const image = isObject(config['imageConfig']) ? config['imageConfig'] : {};
  const { aspectRatio, imageSize, imageOutputOptions, ...others } = image;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `Unknown name "${unknown}" at 'generation_config.image_config'`;
  if (imageOutputOptions !== undefined && !isVertex) {
    return `Invalid JSON payload received. Unknown name "imageOutputOptions" at 'generation_config.image_config': Cannot find field.`;
  }
  if (aspectRatio !== undefined && !RATIOS.includes(String(aspectRatio))) return 'aspect_ratio is invalid';
  const isThree = model.startsWith('gemini-3');
  if (imageSize !== undefined && (!isThree || !['512', '1K', '2K', '4K'].includes(String(imageSize)))) {
    return 'image_size is not supported';
  }
  const modalities: JsonValue | undefined = config['responseModalities'];
  if (modalities !== undefined && !(Array.isArray(modalities) && modalities.includes('IMAGE'))) return 'modalities';
  try {
    const { imageConfig: _image, ...rest } = config;
    checkRequest({ ...body, generationConfig: rest }, model);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return JSON.stringify(error.reply.body);
    throw error;
  }
}

function answer(
  { parts, finishReason }: Pick<FakeGeminiImages, 'parts' | 'finishReason'>,
  isStream: boolean,
): VendorAnswer {
  const usageMetadata = {
    promptTokenCount: 20,
    candidatesTokenCount: 1290,
    totalTokenCount: 1310,
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 8 },
      { modality: 'IMAGE', tokenCount: 12 },
    ],
  };
  const frame = (shown: readonly JsonObject[], more: JsonObject): JsonObject => ({
    candidates: [{ content: { parts: shown, role: 'model' }, index: 0, ...more }],
    usageMetadata,
    modelVersion: 'simulated',
    responseId: 'r1',
  });
  if (!isStream) return { status: 200, body: frame(parts, { finishReason }) };
  const frames = [...parts.map((part) => frame([part], {})), frame([{ text: '' }], { finishReason })];
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: Buffer.from(frames.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`).join('')),
  };
}
