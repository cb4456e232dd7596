import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { createEventCheck } from '../../engine/validate/check-event.ts';
import { goodEvents } from './good-events.ts';

type Json = Record<string, unknown>;

const MAPPING = `(
  $os := function($name) {{
    "name": $name,
    "type_id": 100
  }};
  {
    "class_uid": 5001,
    "device": {
      "os": $os("Windows"),
      "network_interfaces": input.list.{
        "mac": mac,
        "type_id": 1
      }
    }
  }
)`;
const { mapping } = compileMapping(new SourceText('device.jsonata', MAPPING));
if (!mapping) throw new Error('the mapping does not parse');
const check = createEventCheck({ classNames: ['inventory_info'], mapping });

const event = () => goodEvents().inventory_info as Json & { device: Json & { os: Json } };
const lineOf = (text: string) => MAPPING.slice(0, MAPPING.indexOf(text)).split('\n').length;

describe('the check of an event', () => {
  it('finds nothing in a valid event', () => {
    expect(check(event())).toBeUndefined();
  });

  it('says what is wrong, with the code of the validator, at the member that writes the attribute', () => {
    const broken = event();
    broken.device.network_interfaces = [
      { ip: '10.0.0.1', type_id: 1 },
      { mac: 'ff', type_id: 1 },
    ];
    const error = check(broken);
    expect(error?.kind).toBe('data');
    expect(error?.code).toBe('ocsf-format');
    expect(error?.message).toContain(
      '`device.network_interfaces[1].mac` is "ff", expected the form of `mac_t`',
    );
    expect(error?.at).toMatchObject({
      file: 'device.jsonata',
      start: { line: lineOf('"mac": mac'), column: 9 },
    });
  });

  it('stands at the key of the object around an attribute that is missing', () => {
    const broken = event();
    broken.device.network_interfaces = [{ mac: '00:11:22:33:44:55' }];
    const error = check(broken);
    expect(error?.code).toBe('ocsf-required');
    expect(error?.at?.start.line).toBe(lineOf('"type_id": 1\n      }'));
    const { os } = broken.device;
    delete (os as Json).type_id;
    delete broken.device.network_interfaces;
    expect(check(broken)?.at?.start.line).toBe(lineOf('"type_id": 100'));
    delete (broken.device as Json).type_id;
    broken.device.os = os;
    os.type_id = 100;
    expect(check(broken)?.message).toContain('`device.type_id` is missing');
    expect(check(broken)?.at?.start.line).toBe(lineOf('"device": {'));
  });

  it('stands at the brace of the output where the event itself lacks something', () => {
    const { time: _, ...broken } = event();
    expect(check(broken)?.message).toBe('`time` is missing, required in `inventory_info`');
    expect(check(broken)?.at?.start).toMatchObject({ line: lineOf('{\n    "class_uid"'), column: 3 });
  });

  it('counts what else is wrong', () => {
    const { time: _, ...broken }: Json = { ...event(), message: 5, count: 'x' };
    expect(check(broken)?.message).toMatch(/, and 2 more$/);
  });

  it('refuses a valid event of a class that the stream does not have', () => {
    const error = check(goodEvents().detection_finding as Json);
    expect(error?.code).toBe('ocsf-class');
    expect(error?.message).toBe('`class_uid` is 2004, expected 5001 (`inventory_info`)');
    expect(error?.at?.start.line).toBe(lineOf('"class_uid"'));
    const both = createEventCheck({ classNames: ['inventory_info', 'detection_finding'], mapping });
    expect(both(goodEvents().detection_finding as Json)).toBeUndefined();
  });

  it('takes the digits of an integer that a double cannot hold, and no other text, for an integer', () => {
    expect(check({ ...event(), start_time: 1733047200000, count: '9007199254740993' })).toBeUndefined();
    expect(check({ ...event(), count: '42' })?.code).toBe('ocsf-type');
    expect(check({ ...event(), count: '9007199254740993.5' })?.code).toBe('ocsf-type');
    expect(check({ ...event(), count: '99999999999999999999' })?.code).toBe('ocsf-range');
  });

  it('gives each kind of place once computed again', () => {
    const broken = { ...event(), device: { ...event().device, os: { name: 5, type_id: 100 } } };
    expect(check(broken)?.at).toBe(check(broken)?.at);
  });
});
