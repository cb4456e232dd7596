/** Every bound of the engine in one place, with its reason. Sizes in bytes, times in milliseconds. */

/** A page of 10,000 large records is some 50 MB; more is a vendor gone wrong. A page takes up to ten times its size while it is worked on. */
export const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;
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
/** While a body is waited for, this long has to bring this much: the slowest line in use brings more, a sender that drips does not. */
export const BODY_PACE_MS = 60_000;
export const BODY_PACE_BYTES = 64 * 1024;
/** All of a body may be waited for this long, and a millisecond more for each of so many bytes: half an hour for a page of 64 MiB. */
export const BODY_TIME_MS = 15 * 60_000;
export const BODY_TIME_BYTES_PER_MS = 64;
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
/** Pages of a slice: one with more is halved, as long as it can be. Far more than the some 50 that a slice should have. */
export const SLICE_PAGES_MAX = 500;
/** A slice is not cut to less than this. */
export const SLICE_MIN_MS = 60_000;
/** Fetches of a page that cannot be decoded, the first included: after that it is the page, not the way here. */
export const POISON_FETCHES_MAX = 3;
/** Pages that a run passes over before it takes the vendor for broken. */
export const GAPS_PER_RUN_MAX = 20;
/** Gaps that a checkpoint holds; the dead letters hold all. */
export const GAPS_KEPT_MAX = 100;
/** What is kept of a page that cannot be decoded, to see what is wrong with it. */
export const POISON_BYTES_KEPT_MAX = 64 * 1024;
/** After a signal the page in hand has this long to be finished, then it is dropped: service managers kill after 30 seconds. */
export const STOP_GRACE_MS = 25_000;
/** Pages in a row without one new key before the scan counts as a loop. */
export const PAGES_WITHOUT_NEW_KEYS_MAX = 3;
/** Empty pages in a row, each with a link to another one, before the scan counts as a loop. */
export const EMPTY_PAGES_MAX = 200;
/** Questions of a lookup that fail one after another before the run asks no more of them: the service is out, not the records. */
export const LOOKUP_FAILURES_IN_A_ROW_MAX = 50;
/**
 * A YAML file larger than this is refused before it is parsed: one that is all structure takes the parser 7 seconds a MiB. The
 * largest that is shipped has 95 kB.
 */
export const DEFINITION_BYTES_MAX = 256 * 1024;
export const DEFINITION_DEPTH_MAX = 64;
/** More dead records than this in one page stop the lane: the mapping is broken, not the data. */
export const DEAD_RECORDS_PER_PAGE_MAX = 500;
export const DEAD_SHARE_PER_PAGE_MAX = 0.2;
/** Bounds of one evaluation of an expression: time, recursion depth, length of a sequence. */
export const EVALUATION_TIMEOUT_MS = 1_000;
export const EVALUATION_STACK_MAX = 200;
export const EVALUATION_SEQUENCE_MAX = 100_000;
/** Characters of a text that an expression makes, and of all that it gives, written as JSON. */
export const EVALUATION_TEXT_MAX = 16 * 1024 * 1024;
export const EVALUATION_OUTPUT_MAX = 64 * 1024 * 1024;
/** What the heap may grow by in one evaluation (bytes), and the share of its limit that may be in use then. */
export const EVALUATION_MEMORY_MAX = 256 * 1024 * 1024;
export const HEAP_SHARE_MAX = 0.6;
/** Evaluations of a mapping that run out of time or memory before it is given up: these, and one in so many records. */
export const EXHAUSTED_EVALUATIONS_MAX = 1;
export const EXHAUSTED_EVALUATIONS_EVERY = 1_000;
/** The same of those that meet another limit sooner, besides the share of dead records. */
export const LIMITED_EVALUATIONS_MAX = 20;
/** A mapping in a process of its own is ended with it when it takes so much longer than an evaluation may, or more memory. */
export const ISOLATED_GRACE_MS = 500;
export const ISOLATED_HEAP_MB = 256;
/** A part of NDJSON output larger than this is sealed and the next one begun. */
export const PART_BYTES_MAX = 256 * 1024 * 1024;
/** A file of dead letters is read whole; a part, and the letters of a page more, is the longest that a run writes. */
export const DEAD_FILE_BYTES_MAX = 1024 * 1024 * 1024;
/** A longer line of such a file is not looked into: no record is that large, and it may come from anyone. */
export const DEAD_LETTER_BYTES_MAX = 64 * 1024 * 1024;
