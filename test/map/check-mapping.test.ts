import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { checkMapping, type EventAttributes } from '../../engine/map/check-mapping.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import type { Diagnostic } from '../../engine/report/diagnostic.ts';

/** A small class: just what the tests need of the schema. */
const TYPES: Record<string, string> = {
  class_uid: 'integer_t',
  message: 'string_t',
  time: 'timestamp_t',
  is_alert: 'boolean_t',
  raw: 'json_t',
  unmapped: 'object',
  device: 'object',
  'device.hostname': 'hostname_t',
  'device.os': 'object',
  'device.os.type_id': 'integer_t',
  'device.network_interfaces': 'object[]',
  'device.network_interfaces.mac': 'mac_t',
  'device.imei_list': 'string_t[]',
};

const attributes: EventAttributes = {
  lookup: (path) => {
    const type = TYPES[path.join('.')];
    if (type === undefined) return undefined;
    return {
      type: type.replace('[]', ''),
      isArray: type.endsWith('[]'),
      isObject: type.startsWith('object'),
    };
  },
  names: (path) =>
    Object.keys(TYPES)
      .filter((name) => name.split('.').slice(0, -1).join('.') === path.join('.'))
      .map((name) => name.split('.').pop() ?? ''),
};

function check(text: string): string[] {
  const { mapping, diagnostics } = compileMapping(new SourceText('m.jsonata', text));
  const found = mapping
    ? checkMapping(mapping, { records: ['machine', 'managedDevice'], attributes })
    : diagnostics;
  return found.map(shown);
}

function shown({ code, message, at, fix }: Diagnostic): string {
  const place = at ? `${at.start.line}:${at.start.column}-${at.end.column}` : '';
  return `${place} ${code}: ${message}${fix ? ` = ${fix}` : ''}`;
}

describe('checkMapping', () => {
  it('accepts a block that binds variables and ends with one object constructor', () => {
    expect(
      check(`(
        $there := function($v) { $v != null ? $v };
        {"class_uid": 5001, "device": {"hostname": $there(machine.name), "os": {"type_id": 1}}}
      )`),
    ).toEqual([]);
  });

  it('names a function that does not exist and the nearest one', () => {
    expect(check('{\n  "message": $lowercas(machine.name)\n}')).toEqual([
      '2:14-23 expr-unknown-function: there is no function `$lowercas` = did you mean `$lowercase`?',
    ]);
  });

  it('names a variable that nothing binds', () => {
    expect(check('(\n  $name := machine.name;\n  {"message": $nmae}\n)')).toEqual([
      '3:15-20 expr-unknown-variable: no variable `$nmae` is bound here = did you mean `$name`?',
    ]);
  });

  it('names a record that the mapping does not get', () => {
    expect(check('{"message": machne.name, "device": {"hostname": $$.managedDevices.name}}')).toEqual([
      '1:13-24 map-unknown-record: the input has no `machne` = did you mean `machine`?',
      '1:52-71 map-unknown-record: the input has no `managedDevices` = did you mean `managedDevice`?',
    ]);
  });

  it('refuses what makes two evaluations of one record differ', () => {
    expect(check('{"time": $random()}')).toEqual([
      '1:10-17 expr-unknown-function: `$random` is refused, because the same record must always give the same event',
    ]);
  });

  it.each(['machine.name', '[{"class_uid": 1}]', '$merge([{"class_uid": 1}])', '($x := 1; $x)'])(
    'wants one object constructor as the result, not %s',
    (text) => {
      expect(check(text).map((line) => line.split(' ')[1])).toEqual(['map-shape:']);
    },
  );

  it('points at a result of another shape', () => {
    expect(check('(\n  $x := 1;\n  [$x]\n)')).toEqual([
      '3:3-7 map-shape: the result of a mapping is one object constructor, this is another expression' +
        ' = end the mapping with `{ "class_uid": ..., ... }`, in a block with what it binds',
    ]);
  });

  it('names an attribute that the class does not have, once, and nothing below it', () => {
    expect(
      check('{\n  "devise": {"hostname": 1, "x": 2},\n  "device": {"host_name": machine.name}\n}'),
    ).toEqual([
      '2:3-11 ocsf-unknown-attribute: the class has no attribute `devise` = did you mean `device`?',
      '3:14-25 ocsf-unknown-attribute: `device` has no attribute `host_name` = did you mean `hostname`?',
    ]);
  });

  it('takes anything below `unmapped` and below an attribute of type json_t', () => {
    expect(check('{"unmapped": {"a": {"b": 1}}, "raw": {"c": [1, "d"]}}')).toEqual([]);
  });

  it('compares constants with the type of the attribute', () => {
    expect(check('{"class_uid": "5001", "message": 5, "is_alert": "yes", "time": null}')).toEqual([
      '1:15-21 ocsf-type: `class_uid` is the string "5001", OCSF wants a number (`integer_t`) = give a number',
      '1:34-35 ocsf-type: `message` is the number 5, OCSF wants a string (`string_t`) = give a string',
      '1:49-54 ocsf-type: `is_alert` is the string "yes", OCSF wants `true` or `false` (`boolean_t`) = give `true` or `false`',
      '1:64-68 ocsf-type: `time` is `null`, OCSF wants a number (`timestamp_t`) = leave the attribute out: give nothing',
    ]);
  });

  it('compares lists and objects with the type of the attribute', () => {
    expect(
      check('{"message": ["a"], "device": "x", "class_uid": {"a": 1}}').map((line) => line.split(' =')[0]),
    ).toEqual([
      '1:13-18 ocsf-type: `message` is a list, OCSF wants one value',
      '1:30-33 ocsf-type: `device` is the string "x", OCSF wants an object (`object`)',
      '1:48-56 ocsf-type: `class_uid` is an object, OCSF wants a number (`integer_t`)',
      '1:49-52 ocsf-unknown-attribute: `class_uid` has no attribute `a`',
    ]);
    expect(check('{"device": {"network_interfaces": {"mac": "a"}, "imei_list": ["a", 1]}}')).toEqual([
      '1:35-47 ocsf-type: `device.network_interfaces` is an object, OCSF wants a list with an object (`object`) = put it into `[ ]`',
      '1:68-69 ocsf-type: `device.imei_list` is the number 1, OCSF wants a string (`string_t`) = give a string',
    ]);
  });

  it.each([
    ['a conditional', '{"device": machine ? {"os": {"typ_id": 1}} : {"hostname": "x"}}', '1:30-38'],
    ['a list', '{"device": {"network_interfaces": [machine.a ? {"mac": "a"}, {"mac_": "b"}]}}', '1:63-69'],
    ['a filtered list', '{"device": {"network_interfaces": [{"mac_": "b"}][mac][]}}', '1:37-43'],
    ['$merge', '{"device": $merge([{"hostname": "a"}, {"hostnam": "a"}])}', '1:40-49'],
    ['$append', '{"device": {"network_interfaces": $append([], {"mac_": "b"})}}', '1:48-54'],
    ['$map', '{"device": {"network_interfaces": $map(machine.n, function($n) { {"mac_": $n} })}}', '1:67-73'],
    ['a path', '{"device": {"network_interfaces": machine.n.{"mac_": mac}}}', '1:46-52'],
    ['a variable', '($d := {"hostnam": "a"}; {"device": $d})', '1:9-18'],
    ['a function', '($d := function($n) { {"hostnam": $n} }; {"device": $d(machine.n)})', '1:24-33'],
    ['a block', '{"device": ($n := "a"; {"hostnam": $n})}', '1:25-34'],
  ])('sees an object constructor behind %s', (_, text, place) => {
    expect(
      check(text).map((line) => line.split(':').slice(0, 2).join(':').split(' ').slice(0, 2).join(' ')),
    ).toEqual([`${place} ocsf-unknown-attribute`]);
  });

  it('leaves alone what it cannot see', () => {
    expect(
      check('{"device": $lookup(machine, "device"), $string(machine.x): 1, "message": machine.y & 1}'),
    ).toEqual([]);
  });

  it('reports a text that does not parse at its place', () => {
    expect(check('{\n  "message": machine.,\n}')).toEqual([
      '2:22-23 expr-syntax: the symbol `,` cannot be used as a unary operator',
    ]);
  });
});

describe('device.jsonata', () => {
  it('names only what is there', () => {
    const file = 'mappings/microsoft-defender/device.jsonata';
    const { mapping } = compileMapping(new SourceText(file, readFileSync(file, 'utf8')));
    expect(mapping && checkMapping(mapping, { records: ['machine', 'managedDevice'] })).toEqual([]);
  });
});
