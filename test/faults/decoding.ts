/** Is a body being decoded on a thread of zlib's pool? Simulated time stands still meanwhile, so that the order of things is certain. */
import { syncBuiltinESMExports } from 'node:module';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

const atWork = new Set<Transform>();

export function isDecoding(): boolean {
  return atWork.size > 0;
}

/** From now on every decoder of this process says when it is at work. */
export function watchDecoders(): void {
  for (const name of [
    'createGunzip',
    'createBrotliDecompress',
    'createInflate',
    'createInflateRaw',
  ] as const) {
    const create = zlib[name] as (options: object) => Transform;
    const value = (options: object) => watched(create(options));
    Object.defineProperty(zlib, name, { value, configurable: true, enumerable: true });
  }
  syncBuiltinESMExports();
}

function watched(decoder: Transform): Transform {
  const transform = decoder._transform.bind(decoder);
  const flush = decoder._flush.bind(decoder);
  decoder._transform = (chunk, encoding, callback) => {
    atWork.add(decoder);
    transform(chunk, encoding, (...result) => {
      atWork.delete(decoder);
      callback(...result);
    });
  };
  decoder._flush = (callback) => {
    atWork.add(decoder);
    flush((...result) => {
      atWork.delete(decoder);
      callback(...result);
    });
  };
  decoder.once('close', () => atWork.delete(decoder));
  return decoder;
}
