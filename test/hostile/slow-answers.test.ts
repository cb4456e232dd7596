import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createNetwork } from '../../engine/http/network.ts';
import { Grants } from '../../engine/http/origins.ts';
import { ATTEMPTS_MAX, BODY_IDLE_TIMEOUT_MS, HEADERS_TIMEOUT_MS } from '../../engine/limits.ts';
import type { LaneSummary } from '../../engine/run/summary.ts';
import { startRawServer } from '../support/raw-server.ts';
import { scaledClock } from '../support/scaled-clock.ts';
import { hostileLane } from './hostile-lane.ts';

/** A minute is 200 ms: undici's own timeouts keep the system's time, and are given as much shorter. */
const TIMES = 300;
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** Writes a piece every so many of the run's seconds, for ever. */
function drip(socket: Socket, piece: string | Buffer, everySeconds: number): void {
  const timer = setInterval(() => socket.write(piece), (everySeconds * 1_000) / TIMES);
  socket.on('close', () => clearInterval(timer));
}

async function runAgainst(
  answer: (socket: Socket, head: string) => void,
  isToken = false,
): Promise<{ lane: LaneSummary; calls: number; connections: number }> {
  let calls = 0;
  const server = await startRawServer((socket, head) => {
    calls++;
    answer(socket, head);
  });
  const clock = scaledClock(TIMES);
  const network = createNetwork({
    grants: Grants.of({ allowed: [server.origin] }),
    timeouts: { headersMs: HEADERS_TIMEOUT_MS / TIMES, bodyIdleMs: BODY_IDLE_TIMEOUT_MS / TIMES },
    clock,
  });
  onTestFinished(async () => {
    await network.close();
    await server.close();
  });
  const options = isToken ? { tokenUrl: `${server.origin}/token` } : {};
  const { run } = await hostileLane({ clock, network, random: () => 0.5, url: server.origin }, options);
  return { lane: await run(), calls, connections: server.connectionCount() };
}

const sendChunked = (socket: Socket, begin: string, piece: string, everySeconds: number) => {
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
  socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n${chunk(begin)}`);
  drip(socket, chunk(piece), everySeconds);
};

describe('a vendor that takes its time', () => {
  it.each<[string, (socket: Socket) => void, string]>([
    ['drips a byte a second', (socket) => sendChunked(socket, '{"value":[', ' ', 1), 'expected 65536'],
    [
      'drips a byte a second of a length that it announced',
      (socket) => {
        socket.write(`${HEAD}content-length: 1000000\r\n\r\n{"value":[`);
        drip(socket, ' ', 1);
      },
      'expected 65536',
    ],
    [
      'begins quickly, then drips',
      (socket) => sendChunked(socket, `{"value":[${' '.repeat(1_000_000)}`, ' ', 1),
      'expected 65536',
    ],
    [
      'stalls in the body',
      (socket) => socket.write(`${HEAD}content-length: 100\r\n\r\n{"value`),
      'stopped arriving',
    ],
    ['never answers', () => {}, 'no answer within the time allowed'],
    ['stalls in the headers', (socket) => socket.write(HEAD), 'no answer within the time allowed'],
    [
      'drips headers',
      (socket) => {
        socket.write(`${HEAD}x-dull: `);
        drip(socket, 'x', 1);
      },
      'no answer within the time allowed',
    ],
  ])('that %s parks the lane after some attempts', { timeout: 60_000 }, async (_, answer, said) => {
    const { lane, calls } = await runAgainst(answer);
    expect(lane).toMatchObject({ end: 'parked', problem: { code: 'http-timeout', kind: 'transient' } });
    expect(lane.problem?.message).toContain(said);
    expect(calls).toBe(ATTEMPTS_MAX);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['drips', (socket) => sendChunked(socket, '{"access_token":"', 'x', 1)],
    ['hangs', () => {}],
  ])('and a token endpoint that %s, too', { timeout: 60_000 }, async (_, answer) => {
    const { lane, calls } = await runAgainst(answer, true);
    expect(lane).toMatchObject({ end: 'parked', problem: { kind: 'transient' } });
    expect(calls).toBe(ATTEMPTS_MAX);
  });

  it('but answers, is waited for: slowly is not never', { timeout: 60_000 }, async () => {
    const { lane } = await runAgainst((socket) => {
      const body = JSON.stringify({ value: [{ id: '1', name: 'x'.repeat(300_000) }] });
      socket.write(`${HEAD}content-length: ${body.length}\r\n\r\n`);
      let sent = 0;
      const timer = setInterval(() => {
        socket.write(body.slice(sent, sent + 15_000));
        sent += 15_000;
        if (sent >= body.length) clearInterval(timer);
      }, 5_000 / TIMES);
    });
    expect(lane).toMatchObject({ end: 'done', events: 1 });
  });
});

describe('a vendor with endless headers', () => {
  it('is refused after 16 KiB of them', { timeout: 60_000 }, async () => {
    let sent = 0;
    const { lane, calls } = await runAgainst((socket) => {
      const line = `x-more: ${'x'.repeat(8_000)}\r\n`;
      const more = () => {
        while (!socket.destroyed && sent < 100_000_000 && socket.write(line)) sent += line.length;
      };
      socket.on('drain', more);
      socket.write(HEAD);
      more();
    });
    expect(lane).toMatchObject({ end: 'parked', problem: { code: 'http-unreachable', kind: 'transient' } });
    expect(lane.problem?.message).toContain('its headers are larger than 16 KiB');
    expect(calls).toBe(ATTEMPTS_MAX);
    expect(sent).toBeLessThan(50_000_000);
  });
});
