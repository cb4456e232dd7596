/** An opaque page token: it names the last record that was sent, and where that stands, so that no page can shift. */
import type { Rows } from '../rows.ts';
import { placeholders } from '../template.ts';
import type { PageRequest, Selection } from './kind.ts';

/** Where a walk stands: the page to come (from 1) and the index of the last record sent. */
export interface Position {
  page: number;
  after: number;
  /** The step that the walk is pinned to, where its kind pins. */
  epoch: number | undefined;
}

export const DEFAULT_TOKEN = 'p${position}';

/** The token for the page after a selection. The template may use fields of the last record, and must use `${position}`. */
export function writeToken(template: string, selection: Selection, rows: Rows, pinned = false): string {
  const step = pinned ? `-${rows.epoch.toString(36)}` : '';
  const position = `${(selection.page + 1).toString(36)}-${selection.after.toString(36)}${step}`;
  const values = placeholders(template).map((name) => [
    name,
    name === 'position'
      ? position
      : selection.after < 0
        ? ''
        : String(rows.value(selection.after, name) ?? ''),
  ]);
  const known = new Map(values as [string, string][]);
  return template.replace(/\$\{([\w.]+)\}/g, (_, name: string) => known.get(name) ?? '');
}

/** Reads a token back; undefined for a text that is none. */
export function readToken(template: string, token: string): Position | undefined {
  const source = template
    .split(/(\$\{[\w.]+\})/)
    .map((part) => {
      if (part === '${position}') return '([0-9a-z]+)-(-?[0-9a-z]+)(?:-([0-9a-z]+))?';
      return part.startsWith('${') ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  const found = new RegExp(`^${source}$`, 's').exec(token);
  if (!found) return undefined;
  const [page, after] = [Number.parseInt(found[1] ?? '', 36), Number.parseInt(found[2] ?? '', 36)];
  const epoch = found[3] === undefined ? undefined : Number.parseInt(found[3], 36);
  return Number.isSafeInteger(page) && Number.isSafeInteger(after) ? { page, after, epoch } : undefined;
}

/** The position that a query asks for: that of its token, else the beginning; undefined for a token that is none. */
export function positionIn(
  query: URLSearchParams,
  parameter: string,
  template: string,
): Position | undefined {
  const token = query.get(parameter);
  return token === null ? { page: 1, after: -1, epoch: undefined } : readToken(template, token);
}

/** The request's own URL with another token: every other parameter stays as it was sent. */
export function urlWithToken(request: PageRequest, parameter: string, encoded: string): string {
  return `${request.address}?${[...otherParameters(request.search, [parameter]), `${parameter}=${encoded}`].join('&')}`;
}

/** The parameters of a raw query without those of the given names. */
export function otherParameters(search: string, without: readonly string[]): string[] {
  return search.split('&').filter((part) => {
    const [name] = [...new URLSearchParams(part).keys()];
    return name !== undefined && !without.includes(name);
  });
}

/** Percent-encoding with small letters, and of the quotes and parentheses, too: a client that re-encodes it changes it. */
export function encodeLower(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
    .replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}
