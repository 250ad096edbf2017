import type { ReasoningEffort } from './request.js';

/** What a model can do about thinking; absent on a model means it cannot think. */
export interface ThinkingCapability {
  /** Budget range in tokens; absent when the model takes levels only. */
  readonly min?: number;
  readonly max?: number;
  readonly zeroAllowed: boolean;
  readonly dynamicAllowed: boolean;
  /** Levels it takes, weakest first; empty when it takes budgets only. */
  readonly levels: readonly ReasoningEffort[];
  /** Budgets that levels stand for, where the vendor counts otherwise than the usual table. */
  readonly budgets?: Readonly<Partial<Record<ReasoningEffort, number>>>;
}

/** US dollars for a million tokens; absent: it depends, or nobody says. */
export interface ModelPricing {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

/** What the gateway knows of one upstream model. */
export interface ModelInfo {
  /** The id the upstream wants. */
  readonly id: string;
  readonly displayName?: string;
  readonly ownedBy?: string;
  /** Context window and largest answer, in tokens. */
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly thinking?: ThinkingCapability;
  readonly inputModalities?: readonly string[];
  readonly outputModalities?: readonly string[];
  /** The user named it and no catalogue knows it: settings are applied as given, without validation. */
  readonly userDefined: boolean;
  /** The user says that it is served on the Images endpoints (`image`). */
  readonly servesImages?: boolean;
  /** Keep thinking blocks that have no signature (`is-compat`). */
  readonly isCompat?: boolean;
  /** Paths the vendor lists as serving it, such as `/responses`; absent: it does not list them. */
  readonly endpoints?: readonly string[];
  /** What one request counts for in the account's plan; 0: nothing. */
  readonly planMultiplier?: number;
  /** What it costs, where the vendor's list says so. */
  readonly pricing?: ModelPricing;
  /** Whoever serves it may train on what is sent. */
  readonly mayTrain?: boolean;
  /** Facts from the catalogue that change how a request must be spelled (`data/models/*.json` names them). */
  readonly traits: ReadonlySet<ModelTrait>;
}

export type ModelTrait =
  /** Claude: refuses temperature, top_p and top_k altogether. */
  | 'no-sampling'
  /** Claude: takes `output_config.format`. */
  | 'structured-output'
  /** Claude: takes role `system` inside `messages`. */
  | 'mid-system'
  /** Claude: refuses role `system` inside `messages`. */
  | 'no-mid-system'
  /** Claude: refuses `thinking.type: enabled`. */
  | 'adaptive-thinking-only'
  /** Gemini 3 and later: images inside functionResponse, thought signatures required. */
  | 'gemini-3'
  /** Gemma: has no systemInstruction. */
  | 'no-system-instruction'
  /** Vertex endpoint: no ids on function calls; takes https links in fileData. */
  | 'vertex'
  /** Antigravity: Gemini's wire, with models of several vendors behind it; the provider itself cleans schemas and signatures. */
  | 'antigravity'
  /** Antigravity: takes a request that is a web search and nothing else. */
  | 'web-search'
  /** Kiro, by a name of its own: large files are to be written in pieces. */
  | 'writes-in-pieces'
  /** Kiro, by a name of its own: tools are left out. */
  | 'no-tools';
