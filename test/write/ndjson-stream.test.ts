import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ndjsonStream } from '../../engine/write/ndjson-stream.ts';
import { failureOf } from '../support/failure-of.ts';

describe('a stream destination', () => {
  it('passes lines on in order', async () => {
    const output = new PassThrough();
    const destination = ndjsonStream(output);
    await destination.recover({});
    await destination.write('1\n');
    await destination.write(Buffer.from('2\n'));
    expect(await destination.acknowledge()).toEqual({});
    expect(await destination.seal()).toEqual({});
    await destination.close();
    expect(output.read().toString()).toBe('1\n2\n');
    expect(output.writableEnded).toBe(false);
  });

  it('goes no faster than its reader', async () => {
    let release = () => {};
    const output = new Writable({
      write: (_chunk, _encoding, done) => {
        release = () => done();
      },
    });
    let isWritten = false;
    const written = ndjsonStream(output)
      .write('1\n')
      .then(() => {
        isWritten = true;
      });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isWritten).toBe(false);
    release();
    await written;
  });

  it('tells a reader that went away', async () => {
    const reader = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => reader.once('close', resolve));
    const error = await failureOf(() => ndjsonStream(reader.stdin).write('1\n'));
    expect(error).toMatchObject({ code: 'destination-closed', kind: 'destination' });
    expect(error.message).toContain('standard output');
  });

  it('tells EPIPE, also to the lane that writes next', async () => {
    const output = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const [one, other] = [ndjsonStream(output), ndjsonStream(output)];
    expect((await failureOf(() => one.write('1\n'))).code).toBe('destination-closed');
    expect((await failureOf(() => other.write('1\n'))).code).toBe('destination-closed');
  });

  it('tells a full disk behind it', async () => {
    const output = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write'), { code: 'ENOSPC' })),
    });
    expect((await failureOf(() => ndjsonStream(output).write('1\n'))).code).toBe('destination-full');
  });

  it('listens once to a stream that many lanes share', () => {
    const output = new PassThrough();
    for (let lane = 0; lane < 20; lane++) ndjsonStream(output);
    expect(output.listenerCount('error')).toBe(1);
  });
});
