import type { JsonValue } from '../ir/json.js';

/** Whether an item of a list fits. */
export type Test = (item: JsonValue) => boolean;

/** One step of a path, as gjson and sjson write it (github.com/tidwall/gjson/blob/master/SYNTAX.md). */
export type Step =
  /** A member's name, or an item's number; `-1` is behind the last item. `:7` is a name in any case. */
  | { readonly kind: 'key'; readonly key: string; readonly isName: boolean }
  /** `*` and `?` in a name: the first member that fits. */
  | { readonly kind: 'wildcard'; readonly pattern: RegExp }
  /** `#`: every item. */
  | { readonly kind: 'each' }
  /** `#(...)`: the first item that fits; `#(...)#`: all of them. */
  | { readonly kind: 'query'; readonly fits: Test; readonly isAll: boolean };
