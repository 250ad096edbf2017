import { describe, expect, test } from 'vitest';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { CLAUDE, GEMINI, innerOf } from '../../../support/antigravity.js';
import { C, fn, G, hi } from '../../../support/translation-cases.js';

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];

function declared(schema: JsonObject): JsonObject {
  const tools = innerOf(C, GEMINI, { messages: hi, tools: [fn('f', schema)] })['tools'];
  const [{ functionDeclarations }] = tools as [{ functionDeclarations: [{ parameters: JsonObject }] }];
  return functionDeclarations[0].parameters;
}
const property = (schema: JsonObject, more: JsonObject = {}): unknown => {
  const { properties } = declared({ type: 'object', properties: { p: schema }, ...more });
  return (properties as JsonObject)['p'];
};
const answerSchema = (schema: JsonObject): unknown => {
  const generationConfig = { responseMimeType: 'application/json', responseJsonSchema: schema };
  const config = innerOf(G, GEMINI, { contents, generationConfig })['generationConfig'] as JsonObject;
  return config['responseJsonSchema'];
};

describe('the input of a function', () => {
  test.each<{ name: string; schema: JsonObject; sent: JsonObject }>([
    {
      name: 'ranges are told in words',
      schema: { type: 'integer', minimum: 1, maximum: 9, multipleOf: 2 },
      sent: { type: 'integer', description: 'minimum: 1 (maximum: 9) (multipleOf: 2)' },
    },
    {
      name: 'what the service cannot check is told in words',
      schema: { type: 'string', description: 'a name', default: 'x', format: 'uri', pattern: '^a', examples: ['a'] },
      sent: { type: 'string', description: 'a name (pattern: ^a) (format: uri) (default: x)' },
    },
    {
      name: 'a constant is an enumeration of one',
      schema: { const: 'v' },
      sent: { type: 'string', description: 'Allowed: v' },
    },
    {
      name: 'an enumeration of strings stays a string',
      schema: { type: 'string', enum: ['a', 'b'] },
      sent: { type: 'string', description: 'Allowed: a, b' },
    },
    {
      name: 'what is forbidden is told in words',
      schema: { type: 'string', not: { const: 'x' } },
      sent: { type: 'string', description: 'not: {"const":"x"}' },
    },
    {
      name: 'a type that may be null',
      schema: { type: ['string', 'null'] },
      sent: { type: 'string', nullable: true },
    },
    {
      name: 'a branch that may be null',
      schema: { description: 'which', anyOf: [{ type: 'string' }, { type: 'null' }] },
      sent: { type: 'string', description: 'which (Accepts: string | null)', nullable: true },
    },
    {
      name: 'the best branch stands for all',
      schema: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
      sent: { type: 'array', items: { type: 'string' }, description: 'Accepts: string | array' },
    },
    {
      name: 'parts that hold together are one',
      schema: {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { type: 'number' } } },
        ],
      },
      sent: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } }, required: ['a'] },
    },
    {
      name: 'titles, identifiers and extensions vanish, and so does what nobody knows',
      schema: { type: 'string', title: 'P', $id: 'x', 'x-order': 1, deprecated: true, contentEncoding: 'base64' },
      sent: { type: 'string' },
    },
  ])('$name', ({ schema, sent }) => {
    expect(property(schema)).toEqual(sent);
    // What is clean already stays as it is.
    expect(property(sent)).toEqual(sent);
  });

  test('a property that may be null is still required', () => {
    const schema = { type: 'object', properties: { p: { type: ['string', 'null'] } }, required: ['p'] };
    expect(declared(schema)).toEqual({
      type: 'object',
      properties: { p: { type: 'string', nullable: true } },
      required: ['p'],
    });
  });

  test('names are never taken for keywords', () => {
    const properties = { default: { type: 'string' }, title: { type: 'string' }, const: { type: 'number' } };
    expect(declared({ type: 'object', properties })).toEqual({ type: 'object', properties });
  });

  test('closed objects are told in words', () => {
    expect(declared({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false })).toEqual({
      type: 'object',
      description: 'No extra properties allowed',
      properties: { a: { type: 'string' } },
    });
  });
});

describe('a reference', () => {
  const $defs = {
    Place: { type: 'object', description: 'a place', properties: { city: { type: 'string' } }, required: ['city'] },
    Tree: { type: 'object', properties: { child: { $ref: '#/$defs/Tree' } } },
    Alias: { $ref: '#/$defs/Place' },
    'a/b c': { type: 'number' },
  };

  test('is replaced by a copy, whose own members win', () => {
    expect(property({ $ref: '#/$defs/Place' }, { $defs })).toEqual($defs.Place);
    expect(property({ $ref: '#/$defs/Alias' }, { $defs })).toEqual($defs.Place);
    expect(property({ $ref: '#/$defs/Place', description: 'where to' }, { $defs })).toEqual({
      ...$defs.Place,
      description: 'where to',
    });
    expect(property({ $ref: '#/$defs/a~1b%20c' }, { $defs })).toEqual({ type: 'number' });
  });

  test('that leads in a circle ends in words', () => {
    expect(property({ $ref: '#/$defs/Tree' }, { $defs })).toEqual({
      type: 'object',
      properties: { child: { type: 'object', description: 'See: Tree' } },
    });
    expect(property({ $ref: '#' })).toEqual({ type: 'object', description: 'See: #' });
  });

  test('to somewhere else, or to nothing, ends in words', () => {
    expect(property({ $ref: 'https://example.com/s.json', type: 'object' })).toEqual({
      type: 'object',
      description: 'See: https://example.com/s.json',
    });
    expect(property({ $ref: '#/$defs/Gone' }, { $defs })).toEqual({ type: 'object', description: 'See: Gone' });
  });

  test('that doubles with each step does not grow without end', () => {
    const steps = Array.from({ length: 24 }, (_unused, at): [string, JsonObject] => {
      const next = { $ref: `#/$defs/s${at + 1}` };
      return [`s${at}`, { type: 'object', properties: { a: next, b: next } }];
    });
    const schema = { type: 'object', properties: { p: { $ref: '#/$defs/s0' } }, $defs: Object.fromEntries(steps) };
    expect(JSON.stringify(declared(schema)).length).toBeLessThan(200_000);
  });
});

test('a schema without a bottom is refused rather than followed', () => {
  let schema: JsonObject = { type: 'string' };
  for (let depth = 0; depth < 80; depth++) schema = { type: 'object', properties: { a: schema } };
  expect(() => declared(schema)).toThrow(RequestFault);
});

describe('the schema of an answer', () => {
  test('keeps what that of an input must not have', () => {
    const schema = {
      type: 'object',
      title: 'Answer',
      properties: {
        mood: { type: 'string', enum: ['good', 'bad'] },
        count: { type: 'integer', enum: [1, 2] },
        isSure: { type: 'boolean', enum: [true] },
      },
      required: ['mood'],
      additionalProperties: false,
    };
    expect(answerSchema(schema)).toEqual({
      type: 'object',
      title: 'Answer',
      properties: {
        mood: { type: 'string', enum: ['good', 'bad'], description: 'Allowed: good, bad' },
        count: { type: 'integer', enum: ['1', '2'], description: 'Allowed: 1, 2' },
        isSure: { type: 'boolean', description: 'Allowed: true' },
      },
      required: ['mood'],
      additionalProperties: false,
    });
  });

  test('is cleaned in the spelling of a Gemini client, too', () => {
    const generation_config = {
      response_schema: { type: 'OBJECT', properties: { a: { type: 'STRING', nullable: true } } },
    };
    expect(innerOf(G, GEMINI, { contents, generation_config })['generationConfig']).toEqual({
      responseSchema: { type: 'object', properties: { a: { type: 'string', nullable: true } } },
    });
  });
});

describe('declarations of a Gemini client', () => {
  const declaredAs = (declaration: JsonObject, model = GEMINI) => {
    const inner = innerOf(G, model, { contents, tools: [{ function_declarations: [declaration] }] });
    const [{ functionDeclarations }] = inner['tools'] as [{ functionDeclarations: JsonObject[] }];
    return functionDeclarations[0];
  };

  test.each(['parameters', 'parametersJsonSchema', 'parameters_json_schema'])('have their input as %s', (member) => {
    const schema = { type: 'OBJECT', properties: { a: { type: 'STRING', minLength: '1' } } };
    expect(declaredAs({ name: 'f', strict: true, [member]: schema })).toEqual({
      name: 'f',
      parameters: { type: 'object', properties: { a: { type: 'string', description: 'minLength: 1' } } },
    });
  });

  test('may have none', () => {
    expect(declaredAs({ name: 'f' })).toEqual({ name: 'f', parameters: { type: 'object', properties: {} } });
  });

  test('say what they answer in a clean schema, which needs no required property', () => {
    const response = { type: 'object', properties: {}, default: {} };
    expect(declaredAs({ name: 'f', response }, CLAUDE)).toMatchObject({
      response: { type: 'object', properties: {} },
    });
  });
});
