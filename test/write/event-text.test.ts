import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { createEventCheck } from '../../engine/validate/check-event.ts';
import { numberTextViolations } from '../../engine/validate/number-text.ts';
import { type Attribute, type Entity, ocsf } from '../../engine/validate/ocsf/schema.ts';
import { planner } from '../../engine/validate/plan.ts';
import { createValidator } from '../../engine/validate/validate.ts';
import { createEventText } from '../../engine/write/event-text.ts';
import { goodEvents } from '../validate/good-events.ts';

type Json = Record<string, unknown>;

const schema = ocsf();
const classNames = Object.keys(goodEvents());
const eventText = createEventText(classNames);
const validator = createValidator();
const { mapping } = compileMapping(new SourceText('m.jsonata', '{"class_uid": 2002}'));
if (!mapping) throw new Error('the mapping does not parse');
const check = createEventCheck({ classNames, mapping });

const vulnerability = () =>
  goodEvents().vulnerability_finding as Json & {
    vulnerabilities: { cve: { cvss: Json[] } }[];
  };

/** The event with this CVSS score, written. */
function withScore(base_score: unknown): string {
  const event = vulnerability();
  Object.assign(event.vulnerabilities[0]?.cve ?? {}, { cvss: [{ base_score, version: '3.1' }] });
  return eventText(event);
}

describe('the text of an event', () => {
  it.each(Object.entries(goodEvents()))('of the class %s is what it is as a value, and valid', (_, event) => {
    const text = eventText(event);
    expect(JSON.parse(text)).toEqual(event);
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(event));
    expect(validator.validateText(text)).toEqual([]);
  });

  it.each([
    [9, '9.0'],
    [0, '0.0'],
    [-3, '-3.0'],
    [7.5, '7.5'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
  ])('has the float %s as %s', (score, text) => {
    expect(withScore(score)).toContain(`"base_score":${text},`);
    expect(validator.validateText(withScore(score))).toEqual([]);
  });

  it('has an integer without an exponent, and the digits of one that a double cannot hold', () => {
    const event = vulnerability();
    const large = { ...event, count: '9007199254740993', start_time: 1733047200000 };
    expect(eventText(large)).toContain('"count":9007199254740993,');
    expect(check(large)).toBeUndefined();
    expect(validator.validateText(eventText(large))).toEqual([]);
    const file = { name: 'f', type_id: 1, size: 1e21 };
    const text = eventText({ ...(goodEvents().detection_finding as Json), evidences: [{ file }] });
    expect(text).toContain('"size":1000000000000000000000}');
  });

  it('leaves other texts of digits texts', () => {
    const event = { ...vulnerability(), count: '42', message: '9007199254740993' };
    expect(JSON.parse(eventText(event))).toMatchObject({ count: '42', message: '9007199254740993' });
  });

  it('leaves out nulls and what is undefined, but nulls in free content', () => {
    const event = {
      class_uid: 2002,
      message: null,
      status: undefined,
      finding_info: { types: ['a', null, 'b', undefined], analytic: { name: null }, title: 'x' },
      unmapped: { a: null, b: undefined, c: [1, null] },
      enrichments: [{ data: { d: null } }],
      nonsense: { e: null },
    };
    expect(eventText(event)).toBe(
      '{"class_uid":2002,"finding_info":{"types":["a","b"],"analytic":{},"title":"x"},' +
        '"unmapped":{"a":null,"c":[1,null]},"enrichments":[{"data":{"d":null}}],"nonsense":{"e":null}}',
    );
  });

  it('is that of JSON for a class that it does not know', () => {
    const event = { class_uid: 1001, message: null, a: { b: 9 } };
    expect(eventText(event)).toBe(JSON.stringify(event));
  });

  it('parses to the event, with numbers of the declared kinds, for random events of each class', () => {
    const planOf = planner(schema);
    let floats = 0;
    for (const name of classNames) {
      const ocsfClass = schema.classByName(name);
      if (!ocsfClass) throw new Error(`no class ${name}`);
      const events = entity(ocsfClass, 3).map((event) => ({ ...event, class_uid: ocsfClass.uid }));
      for (const event of fc.sample(events, { seed: 1, numRuns: 40 })) {
        const text = eventText(event);
        expect(JSON.parse(text)).toEqual(event);
        expect(numberTextViolations(text, planOf(ocsfClass))).toEqual([]);
        floats += numberTextViolations(JSON.stringify(event), planOf(ocsfClass)).length;
      }
    }
    expect(floats).toBeGreaterThan(50);
  });
});

/** Some attributes of a class or object, each with a value of its type. */
function entity(of: Entity, depth: number): fc.Arbitrary<Json> {
  const attributes = [...of.attributes.values()].filter(({ baseType }) => depth > 0 || baseType !== 'object');
  return fc
    .shuffledSubarray(attributes, { maxLength: Math.min(8, attributes.length) })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((each) => [each.name, value(each, depth)]))))
    .map((made) => ({ ...made }));
}

function value(attribute: Attribute, depth: number): fc.Arbitrary<unknown> {
  const one = item(attribute, depth);
  return attribute.isArray ? fc.array(one, { maxLength: 3 }) : one;
}

function item({ baseType, objectType }: Attribute, depth: number): fc.Arbitrary<unknown> {
  switch (baseType) {
    case 'string':
      return fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('"', '\\', '\ud800', '9007199254740993'),
      );
    case 'integer':
    case 'long':
      return fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, 1e21, 2 ** 80));
    case 'float':
      return fc.oneof(
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      );
    case 'boolean':
      return fc.boolean();
    case 'json':
      return fc
        .jsonValue()
        .filter((json) => json !== null)
        .map((json) => JSON.parse(JSON.stringify(json)));
    default: {
      const object = schema.object(objectType ?? '');
      return object && !object.isOpen ? entity(object, depth - 1) : fc.constant({ free: [null, 9] });
    }
  }
}
