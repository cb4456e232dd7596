import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Entity, ocsf } from '../../engine/validate/ocsf/schema.ts';
import { createValidator } from '../../engine/validate/validate.ts';
import { pathText, type Step, type Violation } from '../../engine/validate/violation.ts';
import { isJsonObject, type JsonObject } from '../../engine/validate/walk.ts';
import { breakages, steps } from './broken-events.ts';
import { goodEvents } from './good-events.ts';
import { isAbsent, SAMPLE } from './official.ts';

const validator = createValidator();
const summary = (violations: Violation[]) => violations.map(({ code, path }) => `${code} ${pathText(path)}`);

/** Sets or, without a value, deletes what is at the path. */
function change(event: JsonObject, path: readonly Step[], value?: unknown): JsonObject {
  const target = path
    .slice(0, -1)
    .reduce<unknown>((at, step) => (at as JsonObject)[step], event) as JsonObject;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete target[last];
  else target[last] = value;
  return event;
}

describe('a valid event', () => {
  it.each(Object.entries(goodEvents()))(
    'of the class %s has no violations, as value or as text',
    (name, event) => {
      expect(validator.validate(event)).toEqual([]);
      expect(validator.validate(event, { className: name })).toEqual([]);
      expect(validator.validateText(JSON.stringify(event))).toEqual([]);
      expect(validator.validateText(JSON.stringify(event, null, 2))).toEqual([]);
    },
  );

  const event = () => goodEvents().inventory_info as JsonObject;
  const isGood = (path: string, value: unknown) => {
    expect(validator.validate(change(event(), steps(path), value))).toEqual([]);
  };

  it('may carry any text beside the value 99', () => {
    isGood('device.risk_level', 'Other');
    isGood('device.risk_level', 'anything');
  });

  it('may leave recommended and optional attributes, and captions, away', () => {
    for (const path of [
      'message',
      'device.type',
      'device.os.version',
      'observables',
      'type_name',
      'enrichments',
    ]) {
      expect(validator.validate(change(event(), steps(path)))).toEqual([]);
    }
  });

  it('may have undefined where it has no attribute', () => {
    expect(validator.validate({ ...event(), message: undefined, nonsense: undefined })).toEqual([]);
  });

  it('may use deprecated attributes and classes', () => {
    isGood('metadata.extension', { name: 'x', uid: '1', version: '1' });
    const state = { ...event(), class_uid: 5002, class_name: 'Device Config State', type_uid: 500202 };
    expect(validator.validate({ ...state, type_name: 'Device Config State: Collect' })).toEqual([]);
  });

  it('may have attributes of the profiles that it lists, nested ones too', () => {
    const profiled = change(event(), steps('metadata.profiles'), ['datetime', 'cloud', 'container']);
    expect(
      validator.validate({
        ...profiled,
        time_dt: '2024-12-01T10:00:00.123Z',
        cloud: { provider: 'x' },
        device: {
          ...(profiled.device as JsonObject),
          container: { name: 'c' },
          first_seen_time_dt: '2024-12-01T10:00:00Z',
        },
      }),
    ).toEqual([]);
  });

  it('may meet a dotted constraint through the path', () => {
    const patch = {
      ...event(),
      class_uid: 5004,
      class_name: 'Operating System Patch State',
      type_uid: 500402,
    };
    const named = { ...patch, type_name: 'Operating System Patch State: Collect' };
    expect(validator.validate(named)).toEqual([]);
    expect(summary(validator.validate(change(structuredClone(named), steps('device.os.version'))))).toEqual([
      'ocsf-constraint event',
    ]);
  });

  it('may have times before 1970 and at the epoch', () => {
    isGood('device.first_seen_time', 0);
    isGood('device.first_seen_time', -1e12);
  });

  it('may hold anything in free content', () => {
    isGood('unmapped', { a: null, b: [[]], c: { d: { e: 1.5 } } });
    isGood('enrichments.0.data', 0);
    isGood('enrichments.0.data', ['x', null]);
  });
});

describe('a broken event', () => {
  it('is broken in at least 55 distinct ways here', () => {
    expect(new Set(breakages.map(({ title }) => title)).size).toBe(breakages.length);
    expect(breakages.length).toBeGreaterThan(55);
  });

  it.each(breakages)('is refused for $title', ({ className, at, to, code, path = at }) => {
    const event = change(goodEvents()[className] as JsonObject, at, to);
    const violations = validator.validate(event);
    const found = violations.find((each) => each.code === code && pathText(each.path) === pathText(path));
    expect(found, summary(violations).join(', ')).toBeDefined();
    expect(found?.message).toMatch(/^`[^`]+` (is|has|belongs)/);
    expect(found?.message).not.toMatch(/\.$/);
    const inText = validator.validateText(JSON.stringify(event));
    // JSON has no NaN; it is written as null.
    if (!Number.isNaN(to)) expect(summary(inText)).toContain(`${code} ${pathText(path)}`);
  });

  it.each([
    ['null', null],
    ['an array', []],
    ['a string', 'x'],
    ['nothing', undefined],
  ])('is refused for being %s', (_, event) => {
    expect(summary(validator.validate(event))).toEqual(['ocsf-not-an-object event']);
    expect(summary(validator.validate(event, { className: 'inventory_info' }))).toEqual([
      'ocsf-not-an-object event',
    ]);
  });

  it('gives one violation for one fault', () => {
    const faults: [string, unknown][] = [
      ['device.os.type', 'windows'],
      ['device.type_id', null],
      ['device.os', 'x'],
      ['time', 1733047200],
      ['device.groups.0', {}],
      ['type_uid', 1],
    ];
    for (const [path, value] of faults) {
      const event = change(goodEvents().inventory_info as JsonObject, steps(path), value);
      expect(validator.validate(event), path).toHaveLength(1);
    }
  });

  it('names what the schema has there', () => {
    const event = change(goodEvents().inventory_info as JsonObject, steps('device.first_seen_time'), 'x');
    expect(validator.validate(event)).toEqual([
      {
        code: 'ocsf-type',
        path: ['device', 'first_seen_time'],
        message: '`device.first_seen_time` is a string, expected an integer (`timestamp_t`)',
        attribute: { requirement: 'optional', type: 'timestamp_t' },
      },
    ]);
  });

  it('is checked against the class asked for, not the one that it says', () => {
    const event = goodEvents().inventory_info;
    const found = summary(validator.validate(event, { className: 'user_inventory' }));
    expect(found).toContain('ocsf-enum class_uid');
    expect(found).toContain('ocsf-required user');
    expect(() => validator.validate(event, { className: 'nope' })).toThrow(
      expect.objectContaining({ code: 'ocsf-class-name-unknown' }),
    );
  });

  it('does not meet a constraint by an attribute that is undefined', () => {
    const event = change(goodEvents().inventory_info as JsonObject, steps('device.groups.0'), {
      name: undefined,
    });
    expect(summary(validator.validate(event))).toEqual(['ocsf-constraint device.groups[0]']);
  });

  it('has no observables of attributes whose profile it does not list, though it has them', () => {
    const event = { ...goodEvents().inventory_info, cloud: { provider: 'x' } };
    change(event, steps('observables.0.name'), 'cloud.provider');
    expect(summary(validator.validate(event))).toEqual([
      'ocsf-profile-attribute cloud',
      'ocsf-observable-name observables[0].name',
    ]);
  });

  it('suggests the attribute that was meant', () => {
    const event = change(goodEvents().inventory_info as JsonObject, steps('device.hostnme'), 'x');
    expect(validator.validate(event)[0]?.message).toBe(
      '`device.hostnme` is not an attribute of `device`, did you mean `hostname`?',
    );
  });

  it('ends at a depth that no event has', () => {
    let process: JsonObject = { pid: 1 };
    for (let depth = 0; depth < 50_000; depth++) process = { pid: 1, parent_process: process };
    const event = change(goodEvents().detection_finding as JsonObject, steps('evidences.0.process'), process);
    expect(validator.validate(event).map(({ code }) => code)).toEqual(['ocsf-depth']);
    const nested = `${'{"pid":1.0,"parent_process":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const text = JSON.stringify(goodEvents().detection_finding).replace(
      '"process":{',
      `"process":${nested},"user":{`,
    );
    expect(validator.validateText(text).map(({ code }) => code)).toContain('ocsf-depth');
  });
});

/** Every place of a required attribute in an event: of its class and of the objects in it. */
function requiredPlaces(
  value: unknown,
  entity: Entity | undefined,
  profiles: string[],
  at: Step[] = [],
): Step[][] {
  if (!entity || !isJsonObject(value)) return [];
  return [...entity.attributes.values()].flatMap((attribute) => {
    if (value[attribute.name] === undefined) return [];
    const place = [...at, attribute.name];
    const isDue = attribute.profiles?.some((profile) => profiles.includes(profile)) ?? true;
    const own = attribute.requirement === 'required' && isDue ? [place] : [];
    const object = attribute.objectType === undefined ? undefined : ocsf().object(attribute.objectType);
    const items = attribute.isArray
      ? (value[attribute.name] as unknown[]).entries()
      : [[-1, value[attribute.name]]];
    return [
      ...own,
      ...[...(items as Iterable<[number, unknown]>)].flatMap(([index, item]) =>
        requiredPlaces(item, object, profiles, index < 0 ? place : [...place, index]),
      ),
    ];
  });
}

describe('a required attribute', () => {
  it.each(Object.keys(goodEvents()))('is missed wherever it is deleted from an event of %s', (name) => {
    const event = goodEvents()[name] as JsonObject;
    const profiles = ((event.metadata as JsonObject).profiles ?? []) as string[];
    const places = requiredPlaces(event, ocsf().classByName(name), profiles);
    expect(places.length).toBeGreaterThan(9);
    for (const place of places) {
      const broken = change(structuredClone(event), place);
      expect(summary(validator.validate(broken, { className: name }))).toContain(
        `ocsf-required ${pathText(place)}`,
      );
    }
  });
});

describe('the text of an event', () => {
  const text = (event: JsonObject) => JSON.stringify(event);
  const found = (json: string) => validator.validateText(json).map(({ message }) => message);

  it('must write a float as a float', () => {
    const good = text(goodEvents().vulnerability_finding as JsonObject);
    expect(found(good.replace('"base_score":9.8', '"base_score":9'))).toEqual([
      '`vulnerabilities[0].cve.cvss[0].base_score` is the integer 9, expected a float (`float_t`), written 9.0',
    ]);
    for (const number of ['9.0', '-0.5', '1e1', '9E-1']) {
      expect(found(good.replace('"base_score":9.8', `"base_score" : ${number} `))).toEqual([]);
    }
  });

  it('must write every element of an array of floats as a float', () => {
    const good = text(goodEvents().inventory_info as JsonObject);
    const json = good.replace('"lat":59.91', '"lat":59.91,"coordinates":[10.5, 59,1.0]');
    expect(validator.validateText(json).map(({ path }) => pathText(path))).toEqual([
      'device.location.coordinates[1]',
    ]);
  });

  it('must write an integer as an integer', () => {
    const good = text(goodEvents().inventory_info as JsonObject);
    for (const number of ['1733047200000.0', '1.7330472e12', '1733047200000.5']) {
      expect(found(good.replace('"time":1733047200000', `"time":${number}`))).toEqual([
        `\`time\` is the float ${number}, expected an integer (\`timestamp_t\`)`,
      ]);
    }
    expect(found(good.replace('"class_uid":5001', '"class_uid":5001.0'))).toHaveLength(1);
    expect(found(good.replace('"severity_id":1', '"severity_id":1.0'))).toHaveLength(1);
  });

  it('may write numbers as it likes in free content and in strings', () => {
    const event = goodEvents().inventory_info as JsonObject;
    event.unmapped = { lat: 1, time: 'x' };
    event.message = 'quote " and \\ and {"time":1.0} [1.0';
    const json = text(event).replace('"lat":1,', '"lat":1,"time":1733047200.0,"a\\"b":[1.0,{"c]":2}],');
    expect(found(json)).toEqual([]);
  });

  it('is read with white space, escaped names and empty containers', () => {
    const event = { ...goodEvents().inventory_info, observables: [], unmapped: {} };
    const json = JSON.stringify(event, null, '\t')
      .replace('"time"', '"\\u0074ime"')
      .replace('1733047200000', '1.5e3');
    expect(validator.validateText(`\n ${json} \r\n`).map(({ path }) => pathText(path))).toEqual(['time']);
  });

  it('is refused when it is not JSON', () => {
    expect(summary(validator.validateText('{"time":'))).toEqual(['ocsf-json event']);
    expect(summary(validator.validateText('5'))).toEqual(['ocsf-not-an-object event']);
  });
});

describe.skipIf(isAbsent(SAMPLE))('the documented sample (skipped without ../shared)', () => {
  it('departs from OCSF in the twelve known places as text', () => {
    expect(summary(validator.validateText(readFileSync(SAMPLE, 'utf8'))).sort()).toEqual([
      'ocsf-caption device.os.type',
      'ocsf-required device.network_interfaces[0].type_id',
      'ocsf-required device.network_interfaces[1].type_id',
      'ocsf-required enrichments[0].data',
      'ocsf-required enrichments[1].data',
      'ocsf-required enrichments[2].data',
      'ocsf-required enrichments[3].data',
      'ocsf-required enrichments[4].data',
      'ocsf-required enrichments[5].data',
      'ocsf-type device.first_seen_time',
      'ocsf-type device.last_seen_time',
      'ocsf-type time',
    ]);
  });

  it('departs in the same places as a value, its times counting seconds', () => {
    const violations = validator.validate(JSON.parse(readFileSync(SAMPLE, 'utf8')));
    expect(violations).toHaveLength(12);
    expect(summary(violations)).toContain('ocsf-time-unit device.first_seen_time');
  });
});
