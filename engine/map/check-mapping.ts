/** Does a mapping make sense before it is run: its names, its shape, and the OCSF attributes that it writes? */
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import { isArray, isLiteral, isObject } from './ast.ts';
import { checkExpression } from './check-expression.ts';
import type { Mapping } from './evaluate.ts';
import { type Member, outputMembers, outputObject, type Result } from './output.ts';
import { spanOf } from './span-of.ts';
import { Tokens } from './tokens.ts';

export { checkExpression } from './check-expression.ts';

/** The attributes of an OCSF class, by the names that lead to them from the event's root. */
export interface EventAttributes {
  /** `type` is OCSF's, such as `integer_t`. Undefined where the class has no such attribute. */
  lookup(path: string[]): { type: string; isArray: boolean; isObject: boolean } | undefined;
  /** Names of the attributes of the object at a path; those of the class at `[]`. */
  names(path: string[]): string[];
}

export interface MappingChecks {
  /** Names of the records that the mapping gets. */
  records: readonly string[];
  /** Left out, names and types of the output are not checked. */
  attributes?: EventAttributes;
}

/**
 * Problems in the order of the text: `expr-unknown-function`, `expr-unknown-variable`, `map-unknown-record`, `map-shape`,
 * `ocsf-unknown-attribute`, `ocsf-type`. What cannot be seen without running the mapping is not checked.
 */
export function checkMapping(mapping: Mapping, checks: MappingChecks): Diagnostic[] {
  const { source, ast } = mapping;
  const tokens = new Tokens(source.text);
  const problems = checkExpression({ ast, text: source.text }, { sees: checks.records }, tokens);
  const diagnostics = problems.map(({ code, message, start, end, fix }) =>
    diagnosticAt(
      source,
      { start, end },
      {
        code: code === 'expr-unknown-name' ? 'map-unknown-record' : code,
        message:
          code === 'expr-unknown-name' ? message.replace('there is no', 'the input has no record') : message,
        ...(fix && { fix }),
      },
    ),
  );
  if (!outputObject(mapping)) diagnostics.push(shapeProblem(mapping, tokens));
  else if (checks.attributes) diagnostics.push(...checkOutput(mapping, checks.attributes, tokens));
  return diagnostics.sort((a, b) => (a.at?.start.offset ?? 0) - (b.at?.start.offset ?? 0));
}

function shapeProblem(mapping: Mapping, tokens: Tokens): Diagnostic {
  const { source, ast } = mapping;
  const last = ast.type === 'block' ? ast.expressions[ast.expressions.length - 1] : ast;
  return diagnosticAt(source, spanOf(last ?? ast, tokens), {
    code: 'map-shape',
    message: 'the result of a mapping is one object constructor, this is another expression',
    fix: 'end the mapping with `{ "class_uid": ..., ... }`, in a block with what it binds',
  });
}

function checkOutput(mapping: Mapping, attributes: EventAttributes, tokens: Tokens): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  const unknown: string[][] = [];
  for (const member of outputMembers(mapping)) {
    const isBelow = (path: readonly string[]) => path.every((name, index) => member.names[index] === name);
    if (unknown.some(isBelow) || isFree(member.names.slice(0, -1), attributes)) continue;
    const problems = checkMember(mapping, member, attributes, tokens);
    if (problems.some((problem) => problem.code === 'ocsf-unknown-attribute')) unknown.push(member.names);
    // An object constructor in a function is seen once for each call.
    for (const problem of problems) found.set(`${problem.at?.start.offset} ${problem.message}`, problem);
  }
  return [...found.values()];
}

/** `unmapped` and attributes of type `json_t` take anything below them. */
function isFree(path: readonly string[], attributes: EventAttributes): boolean {
  return path.some(
    (name, index) =>
      (index === 0 && name === 'unmapped') || attributes.lookup(path.slice(0, index + 1))?.type === 'json_t',
  );
}

function checkMember(
  mapping: Mapping,
  member: Member,
  attributes: EventAttributes,
  tokens: Tokens,
): Diagnostic[] {
  const attribute = attributes.lookup(member.names);
  const name = member.names.join('.');
  if (!attribute) {
    const above = member.names.slice(0, -1);
    const names = attributes.names(above);
    const fix =
      didYouMean(member.names[above.length] ?? '', names) ?? 'use an attribute of the class, or `unmapped`';
    const where = above.length === 0 ? 'the class' : `\`${above.join('.')}\``;
    return [
      diagnosticAt(mapping.source, spanOf(member.key, tokens), {
        code: 'ocsf-unknown-attribute',
        message: `${where} has no attribute \`${member.names[above.length]}\``,
        fix,
      }),
    ];
  }
  if (attribute.type === 'json_t' || name === 'unmapped') return [];
  return member.results.flatMap((result) => {
    const about = mismatch(result, attribute);
    if (!about) return [];
    return [
      diagnosticAt(mapping.source, spanOf(result.node, tokens), {
        code: 'ocsf-type',
        message: `\`${name}\` is ${about.is}, OCSF wants ${about.wants}`,
        fix: about.fix,
      }),
    ];
  });
}

type Kind = 'string' | 'number' | 'boolean' | 'object';

const KINDS: Record<string, Kind> = {
  integer_t: 'number',
  long_t: 'number',
  timestamp_t: 'number',
  port_t: 'number',
  float_t: 'number',
  boolean_t: 'boolean',
};

const WANTED: Record<Kind, string> = {
  string: 'a string',
  number: 'a number',
  boolean: '`true` or `false`',
  object: 'an object',
};

function mismatch(
  { node, isItem }: Result,
  attribute: { type: string; isArray: boolean; isObject: boolean },
): { is: string; wants: string; fix: string } | undefined {
  if (node.predicate) return undefined;
  if (isArray(node)) {
    if (attribute.isArray || isItem) return undefined;
    return { is: 'a list', wants: 'one value', fix: 'give the value without `[ ]`' };
  }
  const kind: Kind = attribute.isObject ? 'object' : (KINDS[attribute.type] ?? 'string');
  const wants = `${attribute.isArray && !isItem ? 'a list with ' : ''}${WANTED[kind]} (\`${attribute.type}\`)`;
  if (isLiteral(node) && node.value === null)
    return { is: '`null`', wants, fix: 'leave the attribute out: give nothing' };
  const is = isObject(node) ? 'object' : isLiteral(node) ? (typeof node.value as Kind) : undefined;
  if (is === undefined) return undefined;
  if (is !== kind) return { is: describe(node, is), wants, fix: `give ${WANTED[kind]}` };
  if (attribute.isArray && !isItem) return { is: describe(node, is), wants, fix: 'put it into `[ ]`' };
  return undefined;
}

function describe(node: Result['node'], kind: Kind): string {
  return isLiteral(node) ? `the ${kind} ${JSON.stringify(node.value)}` : WANTED[kind];
}
