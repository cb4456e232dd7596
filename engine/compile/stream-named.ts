/** The stream of a connector by its name. */
import { EngineError } from '../errors.ts';
import { didYouMean } from '../report/suggest.ts';
import type { Connector, Stream } from './connector.ts';

/** @throws EngineError `usage-stream` */
export function streamNamed(connector: Connector, name: string): Stream {
  const stream = Object.hasOwn(connector.streams, name) ? connector.streams[name] : undefined;
  if (stream) return stream;
  const names = Object.keys(connector.streams);
  throw new EngineError({
    code: 'usage-stream',
    kind: 'usage',
    message: `\`${connector.name}\` has no stream \`${name}\``,
    fix: didYouMean(name, names) ?? `use one of ${names.join(', ')}`,
  });
}
