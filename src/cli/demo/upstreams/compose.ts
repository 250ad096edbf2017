import { isRecord, type JsonRecord } from './json.js';
import { type Media, nameMedia } from './media.js';
import { tokensOf } from './prompt-cache.js';
import { sampleOf } from './sample.js';
import type { UpstreamKind } from './vendor.js';

export interface DeclaredTool {
  readonly name: string;
  readonly schema: unknown;
  /** Takes free text instead of an object. */
  readonly isCustom?: boolean;
  /** The group it was declared in (Responses). */
  readonly namespace?: string;
}

/** What a request asks of the model, whatever its wire format. "Last" means: after the model's last answer. */
export interface Prompt {
  readonly lastTexts: readonly string[];
  readonly lastMedia: readonly Media[];
  readonly results: readonly string[];
  readonly tools: readonly DeclaredTool[];
  /** Names that `required` allows; empty means all. */
  readonly choice: { readonly mode: 'auto' | 'none' | 'required'; readonly names: readonly string[] };
  readonly mayCallInParallel: boolean;
  /** The schema the answer must fit; an empty one means any object. */
  readonly structure: JsonRecord | undefined;
  readonly thinking: 'off' | 'hidden' | 'shown';
  /** All that the model reads, in order: what tokens are counted from. */
  readonly transcript: string;
}

export interface Call {
  readonly tool: DeclaredTool;
  readonly args: JsonRecord;
}

export interface Answer {
  readonly thinking: 'off' | 'hidden' | 'shown';
  readonly text: string;
  readonly calls: readonly Call[];
  readonly finish: 'stop' | 'length' | 'tool-calls';
  /** Wait before each delta; undefined leaves the pace to the upstream. */
  readonly deltaMs: number | undefined;
  readonly reasoningTokens: number;
  /** Reasoning included. */
  readonly outputTokens: number;
}

export const THOUGHT = 'Thinking about it.';
const CITIES = ['Paris', 'Rome'] as const;
const MAX_ECHO = 200;
const SLOW_DELTA_MS = 40;
const SLOW_DELTAS = 25;

/** Decides what is answered: the same for the same prompt, and the same in every wire format. */
export function composeAnswer(kind: UpstreamKind, prompt: Prompt): Answer {
  const said = prompt.lastTexts.join(' ');
  const calls = prompt.results.length > 0 ? [] : chooseCalls(prompt, said);
  const isSlow = /\bslowly\b/.test(said);
  const plain = calls.length > 0 ? 'Let me check.' : composeText(kind, prompt, said);
  const text = isSlow && calls.length === 0 && prompt.structure === undefined ? lengthen(plain) : plain;
  const reasoningTokens = prompt.thinking === 'off' ? 0 : tokensOf(THOUGHT);
  const argumentTokens = calls.reduce((sum, { args }) => sum + tokensOf(JSON.stringify(args)), 0);
  return {
    thinking: prompt.thinking,
    text,
    calls,
    finish: calls.length > 0 ? 'tool-calls' : /\bstop at length\b/.test(said) ? 'length' : 'stop',
    deltaMs: isSlow ? SLOW_DELTA_MS : undefined,
    reasoningTokens,
    outputTokens: reasoningTokens + tokensOf(text) + argumentTokens + 1,
  };
}

/** Word-sized pieces that give the text when joined. */
export const deltasOf = (text: string): readonly string[] => text.match(/\s*\S+|\s+/g) ?? [];

/** A text, piece by piece, for arguments: cut in the middle of words, as vendors do. */
export const fragmentsOf = (text: string): readonly string[] => text.match(/[\s\S]{1,8}/g) ?? [];

function composeText(kind: UpstreamKind, prompt: Prompt, said: string): string {
  const { results, structure, lastMedia } = prompt;
  if (structure !== undefined) {
    const value = sampleOf(structure, { text: quotedIn(prompt.lastTexts), onlyRequired: false });
    return JSON.stringify(isRecord(value) ? value : { answer: value });
  }
  if (results.length > 0) return `Result: ${results.join(', ')}`;
  if (/\bsay nothing\b/.test(said)) return '';
  if (lastMedia.length > 0) {
    return lastMedia
      .map((media) => `I see ${media.mimeType.startsWith('image/') ? 'an image' : 'a document'} ${nameMedia(media)}.`)
      .join(' ');
  }
  return `Hello from ${kind}: ${said.slice(0, MAX_ECHO)}`;
}

function chooseCalls(
  { tools, choice, lastTexts, mayCallInParallel, structure }: Prompt,
  said: string,
): readonly Call[] {
  if (choice.mode === 'none' || tools.length === 0) return [];
  const allowed = choice.names.length === 0 ? tools : tools.filter(({ name }) => choice.names.includes(name));
  // Agents put their own notes before the person's words: the last text decides if it names a tool.
  const inLast = mentioned(allowed, lastTexts.at(-1) ?? '');
  const named = inLast.length > 0 ? inLast : mentioned(allowed, said);
  const isWanted = choice.mode === 'required' || named.length > 0 || (structure === undefined && /\btool\b/.test(said));
  const [first] = allowed;
  if (!isWanted || first === undefined) return [];
  const chosen = named.length > 0 ? named : [first];
  const [only] = chosen;
  if (!mayCallInParallel && only !== undefined) return [callOf(only, quotedIn(lastTexts))];
  if (/\bin parallel\b/.test(said)) return chosen.flatMap((tool) => CITIES.map((city) => callOf(tool, city)));
  return chosen.map((tool) => callOf(tool, quotedIn(lastTexts)));
}

const mentioned = (tools: readonly DeclaredTool[], text: string): readonly DeclaredTool[] =>
  tools.filter(({ name }) => new RegExp(`(?<!\\w)${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\w)`).test(text));

function callOf(tool: DeclaredTool, text: string): Call {
  if (tool.isCustom === true) return { tool, args: { input: text } };
  const args = sampleOf(tool.schema, { text, onlyRequired: true });
  return { tool, args: isRecord(args) ? args : {} };
}

/** The quoted words; those of the last text that has some, as an agent's notes come first. */
const quotedIn = (texts: readonly string[]): string =>
  texts.flatMap((text) => /"([^"]+)"/.exec(text)?.[1] ?? []).at(-1) ?? CITIES[0];

function lengthen(text: string): string {
  const missing = SLOW_DELTAS - deltasOf(text).length;
  return missing <= 0 ? text : `${text}${Array.from({ length: missing }, (_, index) => ` word${index}`).join('')}`;
}

/** A person's words without the notes that agents add to them. */
export const withoutReminders = (text: string): string =>
  text.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim();
