import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { chunkInput } from '../../engine/cli/map/byte-input.ts';
import {
  eventTextOf,
  NAMES_WRITTEN_OTHERWISE,
  TYPES_WRITTEN_OTHERWISE,
} from '../../engine/cli/map/event-text-of.ts';
import { inOrder } from '../../engine/cli/map/in-order.ts';
import { lineBatches } from '../../engine/cli/map/line-batches.ts';
import { createMapper, mappingOf } from '../../engine/cli/map/mapper.ts';
import { BatchMapper } from '../../engine/map/batches/batch-mapper.ts';
import { BatchMemory } from '../../engine/map/batches/batch-memory.ts';
import { MapThreads } from '../../engine/map/batches/map-threads.ts';
import { ocsf } from '../../engine/validate/ocsf/schema.ts';
import { cli } from '../support/cli.ts';

const directory = mkdtempSync(join(tmpdir(), 'tributary-map-'));
const mapping = join(directory, 'm.jsonata');
writeFileSync(mapping, '{"class_uid": 5001, "time": $number(m.id), "name": m.name}');

const record = (id: unknown) => JSON.stringify({ m: { id, name: `name of ${id}`, other: [id] } });
const event = (id: number) => JSON.stringify({ class_uid: 5001, time: id, name: `name of ${id}` });
const lines = (from: number, count: number, text: (id: number) => string) =>
  Array.from({ length: count }, (_, index) => `${text(from + index)}\n`).join('');

describe.each([['1'], ['2']])('tributary map --threads %s', (threads) => {
  const run = (input: string, ...args: string[]) =>
    cli(['map', mapping, '--threads', threads, ...args], { input });

  it('keeps the order of the input, over many batches', async () => {
    const count = 20_000;
    const { code, stdout, stderr } = await run(lines(0, count, record));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout === lines(0, count, event)).toBe(true);
  });

  it('says what cannot be read or written, and reads nothing else in its place', async () => {
    const wrong = await run(`${record(1)}\n`, '--input', directory);
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toContain('is a directory');
    const nowhere = await run(`${record(1)}\n`, '--output', join(directory, 'none', 'events.ndjson'));
    expect([nowhere.code, nowhere.stderr]).toEqual([7, expect.stringContaining('cannot write to')]);
  });

  it('reads a file and writes a file', async () => {
    const [input, output] = [join(directory, 'in.ndjson'), join(directory, `out-${threads}.ndjson`)];
    writeFileSync(input, lines(0, 5000, record));
    const { code, stdout } = await run('', '--input', input, '--output', output);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(readFileSync(output, 'utf8') === lines(0, 5000, event)).toBe(true);
  });

  it('reports a record that fails by its line; the others of its batch go on', async () => {
    const input = `${lines(0, 4000, record)}${record('x')}\n{broken\n${lines(4000, 4000, record)}`;
    const dead = join(directory, `dead-${threads}.ndjson`);
    const { code, stdout, stderr } = await run(input, '--dead-letter', dead);
    expect({ code, stderr }).toEqual({ code: 6, stderr: '' });
    expect(stdout === lines(0, 8000, event)).toBe(true);
    const letters = readFileSync(dead, 'utf8').trimEnd().split('\n');
    expect(letters.map((letter) => JSON.parse(letter))).toMatchObject([
      {
        line: 4001,
        code: 'map-d3030',
        record: { m: { id: 'x' } },
        where: expect.stringMatching(/m\.jsonata:1:\d+$/),
      },
      { line: 4002, code: 'record-not-json', record: '{broken' },
    ]);
  });

  it('says a failure on standard error where no dead letters are asked for', async () => {
    const { code, stdout, stderr } = await run(`${record(1)}\n${record('x')}\n${record(2)}`);
    expect({ code, stdout }).toEqual({ code: 6, stdout: `${event(1)}\n${event(2)}\n` });
    expect(stderr).toMatch(/^record 2: .*m\.jsonata:1:\d+: error\[map-d3030\]/);
  });

  it.each([
    ['nothing', '', ''],
    ['one line without a newline', record(1), `${event(1)}\n`],
    ['blank lines', `\n  \n${record(1)}\n\n${record(2)}\n\n`, `${event(1)}\n${event(2)}\n`],
    ['lines that end in CRLF', `${record(1)}\r\n${record(2)}\r\n`, `${event(1)}\n${event(2)}\n`],
    [
      'a line of 8 MB between others',
      `${record(1)}\n${`{"m":{"id":2,"name":"name of 2","other":"${'é'.repeat(4e6)}"}}`}\n${record(3)}`,
      `${event(1)}\n${event(2)}\n${event(3)}\n`,
    ],
  ])('takes %s', async (_name, input, output) => {
    const { code, stdout, stderr } = await run(input);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: output, stderr: '' });
  });
});

describe('tributary map', () => {
  it('does not end as if all were done where a mapping never comes to an end', async () => {
    const endless = join(directory, 'endless.jsonata');
    writeFileSync(endless, '[$q := 1, {"then": /a/}][1]');
    const { code, stdout, stderr } = await cli(['map', endless], { input: lines(0, 3, record) });
    expect({ code, stdout }).toEqual({ code: 70, stdout: '' });
    expect(stderr).toContain('error[never-done]: the command waits for something that never comes');
  });

  it('writes a float of OCSF with its fraction where the mapping names its class', async () => {
    const finding = join(directory, 'finding.jsonata');
    const score =
      '"vulnerabilities": [{"cve": {"uid": "CVE-2024-1", "cvss": [{"version": "3.1", "base_score": v.score}]}}]';
    writeFileSync(finding, `{"class_uid": 2002, ${score}}`);
    const { stdout } = await cli(['map', finding], { input: '{"v":{"score":9}}' });
    expect(stdout).toContain('"base_score":9.0}');
  });
});

describe('threads', () => {
  it('that die end the work with their reason', async () => {
    const script = new URL(
      `data:text/javascript,${encodeURIComponent("import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3)); parentPort.postMessage('ready');")}`,
    );
    const threads = new MapThreads(1, script, {}, 'try it with --threads 1');
    const batch = () =>
      threads.map({ lines: Buffer.from('{}\n'.repeat(3000)), events: Buffer.alloc(8), now: 0 });
    // Before they are ready they take nothing.
    expect(batch()).toBeUndefined();
    const died = { code: 'map-thread-died', message: expect.stringContaining('code 3') };
    await expect(vi.waitUntil(batch)).rejects.toMatchObject(died);
    expect(batch).toThrow(expect.objectContaining(died));
    await threads.close();
  });
});

describe('inOrder', () => {
  it('takes results in order, with a bounded number on their way', async () => {
    let [begun, done, most] = [0, 0, 0];
    const taken: number[] = [];
    await inOrder(numbers(50), {
      inFlight: 4,
      work: async (item) => {
        most = Math.max(most, ++begun - done);
        await new Promise((resolve) => setTimeout(resolve, (item * 7) % 5));
        return item;
      },
      take: async (item) => {
        done++;
        taken.push(item);
      },
      stop: () => {},
    });
    expect(taken).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(most).toBe(4);
  });

  it('stops at the first failure of the work, while items are waited for', async () => {
    const stopped: string[] = [];
    const failing = inOrder(numbers(3), {
      inFlight: 9,
      work: async (item) => {
        if (item === 1) throw new Error('one');
      },
      take: async () => {},
      stop: ({ message }) => stopped.push(message),
    });
    await expect(failing).rejects.toThrow('one');
    expect(stopped).toEqual(['one', 'one']);
  });
});

describe('lineBatches', () => {
  it.each([1, 2, 3, 7, 100])('gives whole lines of chunks of %i bytes', async (size) => {
    const text = 'a\nbcdef\n\nü\nlast';
    const batches: string[] = [];
    const input = chunkInput(chunks(Buffer.from(text), size));
    for await (const { lines: batch } of lineBatches(input, new BatchMemory()))
      batches.push(batch.toString());
    expect(batches.join('')).toBe(`${text}\n`);
    expect(batches.filter((batch) => !batch.endsWith('\n'))).toEqual([]);
  });

  it.each([[false], [true]])('uses memory again, and more for a long line (shared: %s)', async (isShared) => {
    const long = 'x'.repeat(1_500_000);
    const text = `${'short\n'.repeat(100_000)}${long}\n${'after\n'.repeat(100_000)}`;
    const memory = new BatchMemory(isShared);
    const used = new Set<unknown>();
    let [whole, count] = ['', 0];
    for await (const batch of lineBatches(chunkInput(chunks(Buffer.from(text), 65_536)), memory)) {
      whole += batch.lines.toString();
      used.add(batch.lines.buffer);
      count++;
      memory.free(batch.lines, batch.events);
    }
    expect(whole === text).toBe(true);
    expect(count).toBeGreaterThan(15);
    expect(used.size).toBeLessThan(8);
  });
});

describe('a batch', () => {
  it('has events of its own, however many are asked for at once', async () => {
    // Only the interpreter evaluates it, which waits in between.
    const job = { path: 'm.jsonata', text: '{"a": [$x := m.id, m.id]}' };
    expect(mappingOf(job).evaluateSync).toBeUndefined();
    const mapper = new BatchMapper(await createMapper(job));
    const memory = new BatchMemory();
    const mapped = [1, 2, 3].map((id) =>
      mapper.map({ ...memory.take(), lines: Buffer.from(`{"m":{"id":${id}}}\n`.repeat(2)), now: 0 }),
    );
    const texts = (await Promise.all(mapped)).map(({ bytes }) => Buffer.from(bytes).toString());
    expect(texts).toEqual([1, 2, 3].map((id) => `${JSON.stringify({ a: [id, id] })}\n`.repeat(2)));
  });

  it.each([[false], [true]])('takes more memory where its events need it (shared: %s)', async (isShared) => {
    const job = { path: 'm.jsonata', text: '{"a": m, "b": m, "c": m}' };
    const mapper = new BatchMapper(await createMapper(job), isShared);
    const events = Buffer.from(isShared ? new SharedArrayBuffer(16) : new ArrayBuffer(16));
    const lines = Buffer.from('{"m":"value"}\n'.repeat(9));
    const { bytes } = await mapper.map({ lines, events, now: 0 });
    expect(Buffer.from(bytes).toString()).toBe('{"a":"value","b":"value","c":"value"}\n'.repeat(9));
    expect(bytes.buffer instanceof SharedArrayBuffer).toBe(isShared);
  });
});

describe('the text of an event', () => {
  it('is looked up in the schema where a mapping computes a name of these types', () => {
    const schema = ocsf();
    const entities = [
      ...schema.classNames.map((name) => schema.classByName(name)),
      ...schema.objectNames.map((name) => schema.object(name)),
    ];
    const names = entities.flatMap((entity) =>
      [...(entity?.attributes.values() ?? [])]
        .filter(({ type }) => TYPES_WRITTEN_OTHERWISE.has(type))
        .map(({ name }) => name),
    );
    expect([...new Set(names)].sort()).toEqual([...NAMES_WRITTEN_OTHERWISE].sort());
  });

  it.each([
    ['{"class_uid": 2002, "duration": m.d}', 'function'],
    ['{"class_uid": 2002, "severity": m.d}', 'undefined'],
    ['{"class_uid": m.c, "duration": m.d}', 'undefined'],
  ])('of %s is written by the schema or not', async (text, type) => {
    expect(typeof (await eventTextOf(mappingOf({ path: 'm.jsonata', text })))).toBe(type);
  });
});

async function* numbers(count: number): AsyncGenerator<number> {
  for (let number = 0; number < count; number++) yield number;
}

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
