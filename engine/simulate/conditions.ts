/** What can be wrong with a request, by names that the YAML gives a status and words to. */

/** The status that is used where the YAML does not describe a condition. */
export const conditions = {
  // token requests
  missing_parameter: 400,
  unsupported_grant: 400,
  unknown_tenant: 400,
  unknown_client: 400,
  missing_secret: 401,
  wrong_secret: 401,
  expired_secret: 401,
  bad_assertion: 401,
  wrong_assertion: 401,
  expired_assertion: 401,
  reused_assertion: 401,
  unregistered_certificate: 401,
  bad_scope: 400,
  scope_without_suffix: 400,
  // requests for data
  missing_token: 401,
  unknown_token: 401,
  expired_token: 401,
  wrong_audience: 401,
  missing_role: 403,
  bad_filter: 400,
  bad_query: 400,
  bad_page_token: 400,
  page_too_large: 400,
  bad_batch: 400,
  unknown_record: 404,
  empty: 404,
  quota: 429,
  // requests for files
  unwanted_credentials: 403,
  unsigned_link: 403,
  expired_link: 403,
} as const;

export type Condition = keyof typeof conditions;

/** A request that is not answered as asked: why, and what the words about it may use. */
export interface Refusal {
  condition: Condition;
  values?: Record<string, unknown>;
}

export function isRefusal(result: object): result is Refusal {
  return 'condition' in result;
}
