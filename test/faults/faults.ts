/** The 61 faults of a vendor, a destination and a process: what each is, and where it strikes in the simulation. */

/**
 * - `truth`: in what there is at the vendor; `list`: in how it is listed; `answer`: in an answer; `network`: on the way there
 * - `token`: at the token endpoint; `disk`: at a call on files; `process`: at a process; `state`: at its files between two
 * - `elsewhere`: needs a real socket, a real thread or another destination; `shownBy` names the test
 */
export type Place =
  | 'truth'
  | 'list'
  | 'answer'
  | 'network'
  | 'token'
  | 'disk'
  | 'process'
  | 'state'
  | 'elsewhere';

export interface Fault {
  number: number;
  name: string;
  place: Place;
  /** Share of the places where it strikes, in a schedule that has it; absent where it is not for the simulation. */
  rate?: number;
  /** The test that shows it where it is real. */
  shownBy?: string;
}

const fault = (
  number: number,
  place: Place,
  rate: number | undefined,
  name: string,
  shownBy?: string,
): Fault => ({
  number,
  name,
  place,
  ...(rate !== undefined && { rate }),
  ...(shownBy !== undefined && { shownBy }),
});

export const FAULTS: readonly Fault[] = [
  fault(1, 'truth', 1, 'ties on the cursor'),
  fault(2, 'truth', 1, 'late arrival within the bound'),
  fault(3, 'truth', 1, 'late beyond the bound'),
  fault(4, 'truth', 1, 'record updated during a scan'),
  fault(5, 'truth', 1, 'record deleted during a scan'),
  fault(6, 'truth', 1, 'pages drift under counting'),
  fault(7, 'list', 1, 'newest first'),
  fault(8, 'list', 0.5, 'unstable order among ties'),
  fault(9, 'list', 0.2, 'record twice in a page'),
  fault(10, 'list', 0.2, 'overlapping pages'),
  fault(11, 'list', 0.15, 'empty page with a next link'),
  fault(12, 'list', 0.3, 'short page with more to come'),
  fault(13, 'list', 0.2, 'page over the size asked'),
  fault(14, 'list', 0.05, 'repeating next link'),
  fault(15, 'list', 0.05, 'cycle of next links'),
  fault(16, 'list', 0.05, 'next link or file at another host, scheme, port, or with a user'),
  fault(17, 'list', 0.3, 'relative and protocol-relative next link'),
  fault(18, 'list', 0.1, 'next link expires'),
  fault(19, 'token', 0.5, 'access token expires early'),
  fault(20, 'answer', 0.08, '401, once or often'),
  fault(21, 'token', 0.2, 'token endpoint slow, failing, huge, with a wrong life, echoing'),
  fault(22, 'answer', 0.03, '403 in the middle'),
  fault(23, 'answer', 0.06, '429 with every form of Retry-After'),
  fault(24, 'answer', 0.04, '429 storm for all lanes'),
  fault(25, 'answer', 0.1, '500, 502, 503, 504 in bursts'),
  fault(26, 'answer', 0.04, '200 with an error object or a login page'),
  fault(27, 'answer', 0.04, '204, or an empty body'),
  fault(28, 'network', 0.08, 'connection refused, reset before or during the body'),
  fault(29, 'network', 0.05, 'stalled headers, stalled or slow body'),
  fault(30, 'answer', 0.1, 'truncated gzip, deflate, brotli'),
  fault(31, 'answer', 0.05, 'wrong Content-Length'),
  fault(32, 'answer', 0.04, 'wrong or chained Content-Encoding'),
  fault(33, 'answer', 0.1, 'gzip in several members'),
  fault(34, 'answer', 0.04, 'invalid UTF-8, BOM, NUL; lone surrogates in records'),
  fault(35, 'answer', 0.05, 'truncated JSON'),
  fault(36, 'answer', 0.04, 'depth and size bombs, prototype keys, duplicate keys'),
  fault(37, 'truth', 1, 'ids above 2^53, 1e400, -0'),
  fault(38, 'truth', 1, 'instants of 0 to 9 digits, other zones, years 0001 and 9999'),
  fault(39, 'truth', 1, 'schema drift: key missing, type changed'),
  fault(40, 'answer', 0.04, 'redirects, of the API and of the token endpoint'),
  fault(
    41,
    'network',
    0.05,
    'name does not exist, or resolves to a private address',
    'test/http/network.test.ts',
  ),
  fault(42, 'network', 0.03, 'TLS refused', 'test/http/network.test.ts'),
  fault(43, 'truth', 1, "vendor's clock off by up to 5 minutes"),
  fault(44, 'answer', 0.3, 'quota headers that lie'),
  fault(45, 'answer', 0.15, 'export file expired, or listed twice'),
  fault(46, 'disk', 0.02, 'done, but said to have failed'),
  fault(47, 'disk', 0.02, 'half of a write'),
  fault(48, 'disk', 0.02, 'the destination is busy (EAGAIN)'),
  fault(49, 'disk', 0.3, 'slow destination'),
  fault(50, 'disk', 1, 'destination down for hours'),
  fault(51, 'process', 1, 'unsynced data is lost with the power'),
  fault(52, 'disk', 1, 'one record is refused for ever'),
  fault(53, 'disk', 0.02, 'ENOSPC, EIO, failed sync, EMFILE, read-only'),
  fault(54, 'process', 1, 'killed at a transition or a call'),
  fault(55, 'process', 1, 'told to stop'),
  fault(56, 'process', 0.3, 'stopped for hours, then goes on'),
  fault(57, 'process', 0.3, 'two processes at once'),
  fault(58, 'process', 0.3, 'event loop blocked for seconds'),
  fault(59, 'elsewhere', undefined, 'mapping of others takes all memory', 'test/map/hostile-mapping.test.ts'),
  fault(60, 'process', 0.3, "host's clock jumps"),
  fault(61, 'state', 0.3, 'state: bit flip, truncation, zeroed tail, old copy, deleted, wrong owner'),
];
