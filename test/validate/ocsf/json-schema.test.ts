import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { jsonSchemaOf } from '../../../engine/validate/ocsf/json-schema.ts';
import { createValidator } from '../../../engine/validate/validate.ts';
import type { Step, ViolationCode } from '../../../engine/validate/violation.ts';
import type { JsonObject } from '../../../engine/validate/walk.ts';
import { breakages } from '../broken-events.ts';
import { goodEvents } from '../good-events.ts';

/** What JSON Schema can say. */
const SHAPE = new Set<ViolationCode>([
  'ocsf-required',
  'ocsf-unknown',
  'ocsf-profile-attribute',
  'ocsf-null',
  'ocsf-constraint',
  'ocsf-type',
  'ocsf-format',
  'ocsf-length',
  'ocsf-range',
  'ocsf-enum',
]);
const VALUES = [undefined, null, 'x', 1, 1.5, true, [], {}, ['x'], [{}]];

const ajv = new Ajv2020({ strict: false });
const validator = createValidator();
const good = goodEvents();
const compiled = new Map(
  Object.entries(good).map(([name, event]) => {
    const profiles = (event.metadata as JsonObject).profiles as string[] | undefined;
    return [name, ajv.compile(jsonSchemaOf(name, { profiles: profiles ?? [] }))];
  }),
);

/** Every place in an event that belongs to the schema. */
function placesIn(value: unknown, at: Step[] = []): Step[][] {
  if (typeof value !== 'object' || value === null || at.includes('unmapped') || at.at(-1) === 'data')
    return [at];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [at, ...entries.flatMap(([step, item]) => placesIn(item, [...at, step]))];
}

function changed(event: JsonObject, path: readonly Step[], value: unknown): JsonObject {
  const copy = structuredClone(event);
  const target = path
    .slice(0, -1)
    .reduce<unknown>((at, step) => (at as JsonObject)[step], copy) as JsonObject;
  const last = path.at(-1) ?? '';
  if (value !== undefined) target[last] = value;
  else if (Array.isArray(target)) target.splice(Number(last), 1);
  else delete target[last];
  return copy;
}

/** Whether both judges agree that the shape is right, or wrong. */
function expectAgreement(name: string, event: JsonObject, about: string): void {
  const shape = validator.validate(event, { className: name }).filter(({ code }) => SHAPE.has(code));
  const judge = compiled.get(name);
  expect(judge?.(event), `${about}: ${JSON.stringify(shape)} ${JSON.stringify(judge?.errors)}`).toBe(
    shape.length === 0,
  );
}

describe('the JSON Schema of a class', () => {
  it.each(Object.keys(good))('accepts the valid event of %s', (name) => {
    expectAgreement(name, good[name] as JsonObject, 'unchanged');
  });

  it('judges the shape of every broken event as the validator does', () => {
    for (const { className, at, to, title } of breakages) {
      // The profiles decide which schema it is; a fault in them is not one of shape.
      if (at[1] === 'profiles') continue;
      // JSON Schema does not count the bits of an integer, and JSON has no NaN.
      if (to === 2 ** 63 || Number.isNaN(to)) continue;
      expectAgreement(className, changed(good[className] as JsonObject, at, to), title);
    }
  });

  it.each(Object.keys(good))(
    'judges every attribute of %s as the validator does, whatever stands there',
    (name) => {
      const event = good[name] as JsonObject;
      for (const place of placesIn(event)) {
        if (place.length === 0 || place[1] === 'profiles') continue;
        for (const value of VALUES) {
          expectAgreement(
            name,
            changed(event, place, value),
            `${place.join('.')} = ${JSON.stringify(value)}`,
          );
        }
      }
    },
  );

  it('knows the attributes of the profiles that are asked for', () => {
    expect(jsonSchemaOf('inventory_info').required).not.toContain('cloud');
    const cloudy = jsonSchemaOf('inventory_info', { profiles: ['cloud'] });
    expect(cloudy.required).toContain('cloud');
    expect(cloudy.properties).toHaveProperty('api');
    expect(cloudy.properties).not.toHaveProperty('osint');
  });

  it('follows a dotted constraint', () => {
    const judge = ajv.compile({ anyOf: jsonSchemaOf('patch_state').anyOf as object[] });
    expect(judge({ device: { os: { version: '1' } } })).toBe(true);
    expect(judge({ device: { os: {} }, 'device.os.version': '1' })).toBe(false);
  });

  it('is not given for a class that does not exist', () => {
    expect(() => jsonSchemaOf('nope')).toThrow(expect.objectContaining({ code: 'ocsf-class-name-unknown' }));
  });
});
