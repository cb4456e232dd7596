import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SourceText } from '../../engine/definition/source.ts';
import { compileMapping, type Mapping } from '../../engine/map/evaluate.ts';
import { type FieldRow, fieldTable, lineage } from '../../engine/map/field-table.ts';

const FILE = 'mappings/microsoft-defender/device.jsonata';
const TABLE = '../shared/reference/defender-device/field-table.yaml';
const RECORDS = ['machine', 'managedDevice'];

function mappingOf(text: string): Mapping {
  const { mapping, diagnostics } = compileMapping(new SourceText('m.jsonata', text));
  if (!mapping) throw new Error(diagnostics[0]?.message);
  return mapping;
}

function rowsOf(text: string): FieldRow[] {
  return fieldTable(mappingOf(text), { records: ['a', 'b', 'c'] });
}

/** The source of a table's only row. */
function sourceOf(expression: string, binds = ''): string | undefined {
  return rowsOf(`(${binds} {"x": ${expression}})`)[0]?.source;
}

const device = readFileSync(FILE, 'utf8');
const hasTable = existsSync(TABLE) || process.env.CI !== undefined;

describe.skipIf(!hasTable)('field table of device.jsonata (skipped where ../shared is not there)', () => {
  interface Documented {
    source: string;
    path: string;
    description: string;
  }
  const documented: Documented[] = hasTable ? parse(readFileSync(TABLE, 'utf8')).rows : [];
  /** The table writes snake_case, the records camelCase. */
  const camelCase = (source: string) =>
    source.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

  it('holds each of the 27 documented rows', () => {
    expect(documented).toHaveLength(27);
    const rows = fieldTable(mappingOf(device), { records: RECORDS }).map(
      ({ path, source }) => `${path} <- ${source}`,
    );
    for (const { source, path } of documented) {
      for (const one of path.split(' / ')) expect(rows).toContain(`${one} <- ${camelCase(source)}`);
    }
  });

  it('describes each documented row', () => {
    const rows = fieldTable(mappingOf(device), { records: RECORDS });
    for (const { source, path, description } of documented) {
      const row = rows.find(
        (each) => each.path === path.split(' / ')[0] && each.source === camelCase(source),
      );
      expect(row?.description).toBe(description);
    }
  });
});

describe('field table of device.jsonata', () => {
  const rows = fieldTable(mappingOf(device), {
    records: RECORDS,
    lookup: (path) => (path.join('.') === 'device.os.type_id' ? { type: 'integer_t' } : undefined),
  });

  it('has one row a leaf, each on a line of its own with a description', () => {
    expect(rows.filter((row) => row.description === '')).toEqual([]);
    expect(new Set(rows.map((row) => row.line)).size).toBe(rows.length);
    for (const { path, line } of rows) {
      const key = path.split(/[.[\]]+/).pop();
      expect(device.split('\n')[line - 1]).toContain(`"${key}":`);
    }
  });

  it('gives type and logic', () => {
    const row = (path: string) => rows.find((each) => each.path === path);
    expect(row('activity_id')).toMatchObject({ type: 'integer', logic: 'Always 2' });
    expect(row('device.uid')).toMatchObject({ type: '', logic: 'Direct mapping' });
    expect(row('device.os.type_id')).toMatchObject({ type: 'integer_t', source: 'machine.osPlatform' });
    expect(row('device.is_compliant')?.logic).toBe('$exists($compliance) ? $compliance = "compliant"');
    expect(row('device.last_seen_time')?.logic).toBe('$seconds(machine.lastSeen)');
  });

  it('changes with a path in an expression, while no comment is touched', () => {
    const comments = (text: string) => text.match(/\/\*[\s\S]*?\*\//g);
    const renamed = device.replace('$there(machine.id)', '$there(machine.deviceKey)');
    expect(comments(renamed)).toEqual(comments(device));
    const changed = fieldTable(mappingOf(renamed), { records: RECORDS });
    expect(changed.filter((row, index) => JSON.stringify(row) !== JSON.stringify(rows[index]))).toMatchObject(
      [
        { path: 'device.uid', source: 'machine.deviceKey', description: 'Defender machine ID' },
        { path: 'device.os.type_id' },
      ],
    );
  });

  it('changes with a path that is read in a bound variable', () => {
    const renamed = fieldTable(mappingOf(device.replace('machine.osPlatform', 'machine.platform')), {
      records: RECORDS,
    });
    expect(renamed.filter((row) => row.source.includes('machine.platform')).map((row) => row.path)).toEqual([
      'device.type_id',
      'device.type',
      'device.os.name',
      'device.os.type',
      'device.os.type_id',
    ]);
  });
});

describe('sources of a leaf', () => {
  it.each([
    ['2', 'static: 2'],
    ['"Collect"', 'static: Collect'],
    ['false', 'static: false'],
    ['-1', 'static: -1'],
    ['a.b.c', 'a.b.c'],
    ['a.`odd name`', 'a.odd name'],
    ['$$.a.b', 'a.b'],
    ['a.list[id = b.c].name', 'a.list.name'],
    ['a.x & "-" & b.y', 'a.x + b.y'],
    ['$join([a.x, b.y], c.z)', 'a.x + b.y + c.z'],
    ['a.x ? b.y : c.z', 'b.y || c.z'],
    ['a.x ?? b.y', 'a.x || b.y'],
    ['a.x ?: b.y ?: "none"', 'a.x || b.y'],
    ['a.x ? a.x & b.y : a.x', 'a.x + b.y'],
    ['a.x = "x"', 'a.x'],
    ['$exists(a) ? true : false', 'a'],
    ['a.x = 1 ? "one" : b.y = 2 ? "two" : "more"', 'a.x + b.y'],
    ['a.x = 1 ? "one" : b.y', 'b.y'],
    ['$lookup({"k": 1}, a.x)', 'a.x'],
    ['a.x ~> $uppercase', 'a.x'],
    ['a.x ~> $substring(b.y)', 'a.x + b.y'],
    ['a.list.$uppercase(name)', 'a.list.name'],
    ['a.list.(name & b)', 'a.list.name + a.list.b'],
    ['$map(a.list, function($v) { $v.id & b.y })', 'a.list + b.y'],
    ['$filter(a.list, function($v) { $v = b.y })', 'a.list'],
    ['$string(a.x ? a.y : b.y)', 'a.y || b.y'],
    ['($v := a.x; $v & $v)', 'a.x'],
    ['$millis()', 'computed'],
    ['nowhere.x', 'computed'],
  ])('%s is %s', (expression, source) => {
    expect(sourceOf(expression)).toBe(source);
  });

  it.each([
    ['$v', '$v := a.x;', 'a.x'],
    ['$m.x', '$m := a;', 'a.x'],
    ['$f(a.x)', '$f := function($v) { $v != "" ? $v };', 'a.x'],
    ['$f(a.x) & $f(b.y)', '$f := function($v) { $v };', 'a.x + b.y'],
    ['$f(1)', '$f := function($v) { $v & a.x };', 'a.x'],
    ['a.x ~> $f(b.y)', '$f := function($v, $w) { $w ? $w : $v };', 'b.y || a.x'],
    ['$o.id', '$o := a.x ? {"id": 1, "n": b.y} : {"id": 2};', 'a.x'],
    ['$o.n', '$o := {"id": 1, "n": b.y};', 'b.y'],
    ['$t.k', '$t := {"k": 5};', 'computed'],
    ['$v', '$v := a.x; $v := $v & b.y;', 'a.x + b.y'],
    ['$k', '$k := 7;', 'static: 7'],
  ])('%s after %s is %s', (expression, binds, source) => {
    expect(sourceOf(expression, binds)).toBe(source);
  });
});

describe('a chain of variables that each use the one before twice', () => {
  it('is followed once each', () => {
    const binds = Array.from(
      { length: 40 },
      (_, index) => `$v${index + 1} := $v${index} & $v${index} ? $v${index} : $v${index};`,
    );
    expect(sourceOf('$v40', `$v0 := a.x & b.y; ${binds.join('')}`)).toBe('a.x + b.y');
  });
});

describe('rows of a table', () => {
  it('shows lists in the path, also behind functions, each call on its own line', () => {
    const rows = rowsOf(`(
      $pair := function($name, $value) { $value ? {"name": $name, "value": $value} };
      {
        "list": [
          $pair("one", a.x), /* First */
          $pair("two", b.y) /* Second */
        ],
        "inner": {"deep": [{"n": 1}]}, /* Deep */
        "names": ["p", a.x] /* Names */
      }
    )`);
    expect(rows.map(({ path, source, line, description }) => [path, source, line, description])).toEqual([
      ['list[].name', 'static: one', 5, 'First'],
      ['list[].value', 'a.x', 5, 'First'],
      ['list[].name', 'static: two', 6, 'Second'],
      ['list[].value', 'b.y', 6, 'Second'],
      ['inner.deep[].n', 'static: 1', 8, 'Deep'],
      ['names', 'a.x', 9, 'Names'],
    ]);
  });

  it('writes the logic of an expression on one line, without its comments', () => {
    const rows = rowsOf('{\n  "x": a.x /* first */\n    ? "yes" : /* else */ "no, {never}",\n  "y": $k\n}');
    expect(rows[0]?.logic).toBe('a.x ? "yes" : "no, {never}"');
  });
});

describe('lineage', () => {
  it('gives the attributes that each source path feeds', () => {
    const mapping = mappingOf('{"x": a.x & b.y, "l": [{"m": a.x}], "d": c ? 1 : 2, "k": 1}');
    expect([...lineage(mapping)]).toEqual([
      ['a.x', ['x', 'l[].m']],
      ['b.y', ['x']],
      ['c', ['d']],
    ]);
  });
});
