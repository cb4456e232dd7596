/** Every bound of the engine in one place, with its reason. Sizes in bytes, times in milliseconds. */

/** A page of 10,000 large records is some 50 MB; more than this is a vendor gone wrong, and must not take the process along. */
export const RESPONSE_BYTES_MAX = 256 * 1024 * 1024;
/** A file is handed on in pages of whole lines of at most so many bytes: enough to write at once, and flat in memory. */
export const FILE_PAGE_BYTES_MAX = 8 * 1024 * 1024;
/** Error answers and token answers are small; what is cut off is not worth reading. */
export const ERROR_BODY_BYTES_MAX = 1024 * 1024;
/** Above the first MiB an answer may grow this much in decoding: more is a decompression bomb. */
export const DECOMPRESSION_RATIO_MAX = 200;
/** JSON nested deeper than this is refused: serialisers recurse. */
export const JSON_DEPTH_MAX = 64;
export const HEADERS_TIMEOUT_MS = 60_000;
export const BODY_IDLE_TIMEOUT_MS = 60_000;
export const CONNECT_TIMEOUT_MS = 10_000;
/** A token answer's `expires_in` outside of this is clamped (seconds). */
export const TOKEN_LIFE_SECONDS_MIN = 60;
export const TOKEN_LIFE_SECONDS_MAX = 24 * 3600;
/** A token is renewed when this part of its life is over. */
export const TOKEN_RENEWAL_SHARE = 0.8;
/** Refused tokens in a row before the lane is parked. */
export const REAUTHENTICATIONS_MAX = 3;
/** Attempts at one request before the lane fails, the first included. */
export const ATTEMPTS_MAX = 6;
export const BACKOFF_FIRST_MS = 1_000;
export const BACKOFF_MAX_MS = 60_000;
/** A Retry-After beyond a day is a mistake (often a date written as seconds) and counts as a day. */
export const RETRY_AFTER_MAX_MS = 24 * 3600 * 1000;
/** A longer wait asked by the vendor parks the lane instead of holding the process. */
export const WAIT_MAX_MS = 15 * 60_000;
/** Pages of one scan: a vendor that pages for ever ends here. */
export const PAGES_MAX = 100_000;
/** Pages in a row without one new key before the scan counts as a loop. */
export const PAGES_WITHOUT_NEW_KEYS_MAX = 3;
/** Questions of a lookup that fail one after another before the run asks no more of them: the service is out, not the records. */
export const LOOKUP_FAILURES_IN_A_ROW_MAX = 50;
/** A definition or mapping file larger than this is refused before it is parsed. */
export const DEFINITION_BYTES_MAX = 1024 * 1024;
export const DEFINITION_DEPTH_MAX = 64;
/** More dead records than this in one page stop the lane: the mapping is broken, not the data. */
export const DEAD_RECORDS_PER_PAGE_MAX = 500;
export const DEAD_SHARE_PER_PAGE_MAX = 0.2;
/** Bounds of one evaluation of an expression: time, recursion depth, length of a sequence. */
export const EVALUATION_TIMEOUT_MS = 5_000;
export const EVALUATION_STACK_MAX = 200;
export const EVALUATION_SEQUENCE_MAX = 100_000;
/** SQLite keeps this much of a state file in memory, however large the file grows. */
export const STATE_CACHE_BYTES = 8 * 1024 * 1024;
/** A part of NDJSON output larger than this is sealed and the next one begun. */
export const PART_BYTES_MAX = 256 * 1024 * 1024;
