/** S9: of an answer that was cut anywhere, in any framing and encoding, nothing is taken for the list. */
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/env.ts';
import { EngineError } from '../../engine/errors.ts';
import { ExportFile } from '../../engine/fetch/files/export-file.ts';
import { type Configured, endpointOf, walkOf } from '../support/endpoint-of.ts';
import { loopbackEnv } from '../support/loopback-env.ts';
import { type RawServer, startRawServer } from '../support/raw-server.ts';

const RECORDS = 20;
const EVERY = 50;
const rows = Array.from({ length: RECORDS }, (_, id) => JSON.stringify({ id, name: `host ${id * 7919}` }));
const LIST = Buffer.from(`{"value":[${rows.join(',')}]}`);
const LINES = Buffer.from(rows.map((row) => `${row}\n`).join(''));

const ENCODERS: Record<string, (bytes: Buffer) => Buffer> = {
  identity: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
};

/** Sends a part of a body. */
interface Framing {
  name: string;
  /** Nothing of HTTP tells it from an answer that was meant so. */
  isWhole?: boolean;
  /** It is the connection that tells the end; undici takes a reset of it for one. */
  isOpen?: boolean;
  send(socket: Socket, head: string, part: Buffer, whole: Buffer): void;
}

const headed = (head: string, ...lines: string[]) => `${[head, ...lines].join('\r\n')}\r\n\r\n`;
const chunk = (bytes: Buffer, size = bytes.length) =>
  Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
const LAST = Buffer.from('0\r\n\r\n');
const CHUNKED = 'transfer-encoding: chunked';

const FRAMINGS: Framing[] = [
  {
    name: 'a length that is not reached',
    send: (socket, head, part, whole) => {
      socket.write(headed(head, `content-length: ${whole.length}`));
      socket.end(part);
    },
  },
  {
    name: 'a length that is not reached, and a reset',
    send: (socket, head, part, whole) => {
      socket.write(headed(head, `content-length: ${whole.length}`));
      socket.write(part, () => socket.resetAndDestroy());
    },
  },
  {
    name: 'the length of the part',
    isWhole: true,
    send: (socket, head, part) => {
      socket.write(headed(head, `content-length: ${part.length}`));
      socket.end(part);
    },
  },
  {
    name: 'a length that more follows',
    isWhole: true,
    send: (socket, head, part, whole) => {
      socket.write(headed(head, `content-length: ${part.length}`, 'connection: close'));
      socket.end(whole);
    },
  },
  {
    name: 'two lengths',
    send: (socket, head, part, whole) => {
      socket.write(headed(head, `content-length: ${part.length}`, `content-length: ${whole.length}`));
      socket.end(part);
    },
  },
  {
    name: 'chunks without an end',
    send: (socket, head, part) => {
      socket.write(headed(head, CHUNKED));
      socket.end(chunk(part));
    },
  },
  {
    name: 'chunks with an end',
    isWhole: true,
    send: (socket, head, part) => {
      socket.write(headed(head, CHUNKED));
      socket.end(Buffer.concat([part.length > 0 ? chunk(part) : part, LAST]));
    },
  },
  {
    name: 'a chunk that is shorter than it says',
    send: (socket, head, part, whole) => {
      socket.write(headed(head, CHUNKED));
      socket.end(Buffer.concat([Buffer.from(`${whole.length.toString(16)}\r\n`), part]));
    },
  },
  {
    name: 'a chunk that is longer than it says',
    send: (socket, head, part) => {
      socket.write(headed(head, CHUNKED));
      socket.end(Buffer.concat([chunk(part, Math.max(1, part.length - 1)), LAST]));
    },
  },
  {
    name: 'the end of the connection',
    isWhole: true,
    send: (socket, head, part) => {
      socket.write(headed(head, 'connection: close'));
      socket.end(part);
    },
  },
  {
    name: 'a reset of the connection',
    isOpen: true,
    send: (socket, head, part) => {
      socket.write(headed(head, 'connection: close'));
      socket.write(part, () => socket.resetAndDestroy());
    },
  },
];

let server: RawServer;
let env: ReturnType<typeof loopbackEnv>;
let configured: Configured;
let answer: (socket: Socket) => void;

beforeAll(async () => {
  server = await startRawServer((socket) => answer(socket));
  env = loopbackEnv(systemClock, server.origin);
  configured = await endpointOf({}, { base_url: server.origin });
});
afterAll(async () => {
  await env.network.close();
  await server.close();
});

type Read = () => Promise<number>;

/** How many records a list of one page has. */
const readList: Read = async () => {
  const walk = await walkOf(configured, env);
  const step = await walk.step();
  return step.type === 'page' ? step.page.records.recordCount : 0;
};

/** How many records a file of an export has. */
const readLines: Read = async () => {
  const file = new ExportFile(new URL(server.origin), 'file 1 of 1', env);
  let count = 0;
  for (let page = await file.next(); page; page = await file.next()) count += page.records.recordCount;
  return count;
};

/** How many records were taken, or the code of the error: one that is worth another attempt. */
async function outcome(read: Read): Promise<number | string> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.retry === 'never') return `${error.code}, for ever`;
    return error.code;
  }
}

function answerWith(framing: Framing, encoding: string, part: Buffer, whole: Buffer): void {
  const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}`;
  answer = (socket) => framing.send(socket, head, part, whole);
}

const cutsOf = (whole: Buffer) =>
  [...Array(Math.ceil(whole.length / EVERY)).keys()].map((index) => index * EVERY).concat(whole.length - 1);

/** Each cut that was not met with an error worth another attempt, with what it was met with. */
async function acceptedOf(read: Read, framing: Framing, encoding: string, whole: Buffer) {
  const accepted: [cut: number, outcome: number | string][] = [];
  for (const cut of cutsOf(whole)) {
    answerWith(framing, encoding, whole.subarray(0, cut), whole);
    const met = await outcome(read);
    if (typeof met === 'number' || met.endsWith('for ever')) accepted.push([cut, met]);
  }
  return accepted;
}

const IN_EACH = FRAMINGS.map((framing) => [framing.name, framing] as const);
const MEANT = FRAMINGS.filter(({ isWhole }) => isWhole);
const showsCuts = ({ isWhole = false, isOpen = false }: Framing) => !isWhole && !isOpen;

describe.each(Object.entries(ENCODERS))('a list in %s', (encoding, encode) => {
  const whole = encode(LIST);

  it('is read where it is whole', async () => {
    for (const framing of MEANT) {
      answerWith(framing, encoding, whole, whole);
      expect([framing.name, await outcome(readList)]).toEqual([framing.name, RECORDS]);
    }
  });

  it.each(IN_EACH)('is refused wherever it is cut, with %s', async (_, framing) => {
    expect(await acceptedOf(readList, framing, encoding, whole)).toEqual([]);
  });

  it('is refused with a length that is one too many', async () => {
    const { send } = FRAMINGS[0] as Framing;
    answer = (socket) =>
      send(socket, `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}`, whole, Buffer.alloc(whole.length + 1));
    expect(await outcome(readList)).toBe('http-body-truncated');
  });
});

describe('a file of lines in gzip', () => {
  const whole = gzipSync(LINES);

  it('is read where it is whole', async () => {
    for (const framing of MEANT) {
      answerWith(framing, 'identity', whole, whole);
      expect([framing.name, await outcome(readLines)]).toEqual([framing.name, RECORDS]);
    }
  });

  it.each(IN_EACH)('is refused wherever it is cut, with %s', async (_, framing) => {
    expect(await acceptedOf(readLines, framing, 'identity', whole)).toEqual([]);
  });
});

describe('a plain file of lines', () => {
  it('is read where it is whole', async () => {
    for (const framing of MEANT) {
      answerWith(framing, 'identity', LINES, LINES);
      expect([framing.name, await outcome(readLines)]).toEqual([framing.name, RECORDS]);
    }
  });

  it.each(IN_EACH.filter(([, framing]) => showsCuts(framing)))(
    'is refused wherever it is cut, with %s',
    async (_, framing) => {
      expect(await acceptedOf(readLines, framing, 'identity', LINES)).toEqual([]);
    },
  );

  // Nothing is there that would show it: no length, no checksum, no count.
  it.each(IN_EACH.filter(([, framing]) => !showsCuts(framing)))(
    'is taken only where it is cut behind a record, with %s',
    async (_, framing) => {
      for (const [cut, met] of await acceptedOf(readLines, framing, 'identity', LINES)) {
        const lines = LINES.subarray(0, cut).toString();
        expect([cut, /\}\n?$/.test(lines), met]).toEqual([cut, true, lines.trim().split('\n').length]);
      }
    },
  );
});

/** Files of lines are plain or gzip, told by their first bytes: the vendor compresses nothing on the way that nobody asked for. */
describe.each(['br', 'deflate'])('a file of lines in %s', (encoding) => {
  const whole = (ENCODERS[encoding] as (bytes: Buffer) => Buffer)(LINES);

  it('is refused, whole or cut', async () => {
    for (const framing of MEANT) {
      for (const cut of [...cutsOf(whole), whole.length]) {
        answerWith(framing, encoding, whole.subarray(0, cut), whole);
        expect([framing.name, cut, typeof (await outcome(readLines))]).toEqual([framing.name, cut, 'string']);
      }
    }
  });
});
