/** Which kinds of destination there are, how an operator writes them, and how each is opened. */
import type { Env } from '../env.ts';
import { EngineError } from '../errors.ts';
import type { Destination } from './destination.ts';
import { ndjsonDirectory } from './ndjson-directory.ts';
import { ndjsonStream } from './ndjson-stream.ts';
import { standardOutput } from './standard-output.ts';

export type DestinationSpec =
  | { type: 'stream'; name: string }
  | { type: 'ndjson'; name: string; directory: string };

/** @throws EngineError `usage-destination` */
export function parseDestination(spec: string): DestinationSpec {
  if (spec === '-') return { type: 'stream', name: spec };
  const directory = /^ndjson:(.+)$/s.exec(spec)?.[1];
  if (directory !== undefined) return { type: 'ndjson', name: spec, directory };
  throw new EngineError({
    code: 'usage-destination',
    kind: 'usage',
    message: `unknown destination \`${spec}\`, expected \`-\` (standard output) or \`ndjson:DIR\``,
    fix: spec === 'ndjson:' ? 'Name a directory after `ndjson:`.' : 'Use `-` or `ndjson:DIR`.',
  });
}

/** Opens a destination for one lane; nothing is touched before its `recover`. */
export function openDestination(
  spec: DestinationSpec,
  about: {
    stream: string;
    lane: string;
    generation(): number;
    env: Pick<Env, 'files' | 'clock' | 'randomBytes'>;
    /** Where `-` goes; standard output when absent. */
    output?: NodeJS.WritableStream;
  },
): Destination {
  const { output = standardOutput, ...rest } = about;
  switch (spec.type) {
    case 'stream':
      return ndjsonStream(output, spec.name);
    case 'ndjson':
      return ndjsonDirectory({ ...rest, name: spec.name, directory: spec.directory });
  }
}
