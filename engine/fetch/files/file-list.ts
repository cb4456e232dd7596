/** The files that an export's answer lists, each at an origin that the connector allows. */
import type { Endpoint } from '../../compile/connector.ts';
import { EngineError } from '../../errors.ts';
import { readJsonPage } from '../json-page.ts';
import type { RequestBase } from '../request.ts';

/**
 * URLs in the order of the list, each once. The list is refused as a whole where one of them leads elsewhere.
 * @throws EngineError `http-origin-refused`, `page-bad-link` and those of `readJsonPage` (contract)
 */
export function fileUrls(bytes: Buffer, endpoint: Endpoint, base: RequestBase): URL[] {
  const list = readJsonPage(bytes, endpoint.exportFiles?.path ?? []);
  const urls = new Map<string, URL>();
  for (let index = 0; index < list.recordCount; index++) {
    const text = list.record(index);
    if (typeof text !== 'string' || !URL.canParse(text)) throw notAUrl(index, endpoint);
    const url = new URL(text);
    if (!base.fileOrigins.some((origin) => origin.matches(url))) throw foreign(url, endpoint);
    urls.set(url.href, url);
  }
  return [...urls.values()];
}

function notAUrl(index: number, endpoint: Endpoint): EngineError {
  return new EngineError({
    code: 'page-bad-link',
    kind: 'contract',
    message: `entry ${index} of the list of files of endpoint \`${endpoint.name}\` is not a URL`,
    fix: 'set `files` of the pagination to the member that lists the URLs',
    at: endpoint.at,
  });
}

function foreign(url: URL, endpoint: Endpoint): EngineError {
  const hasUser = url.username !== '' || url.password !== '';
  const where = url.origin === 'null' ? `a \`${url.protocol}\` address` : `\`${url.origin}\``;
  return new EngineError({
    code: 'http-origin-refused',
    kind: 'contract',
    message: `a file of endpoint \`${endpoint.name}\` is at ${where}${hasUser ? ' with a user name' : ''}, which its \`origins\` do not allow`,
    fix: 'check with the vendor that the address is genuine, then add it to `origins` of the pagination',
    at: endpoint.at,
  });
}
