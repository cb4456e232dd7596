/** The field table of a mapping: which source feeds which attribute by which logic, read from its syntax tree. */
import { isLiteral, isObject, type Node } from './ast.ts';
import type { Mapping } from './evaluate.ts';
import { type Member, outputMembers } from './output.ts';
import { blockResult, resolve, type Scope } from './scope.ts';
import { copiedPath, sourcesOf } from './sources.ts';
import { spanOf } from './span-of.ts';
import { Tokens } from './tokens.ts';

/** One leaf of the output. */
export interface FieldRow {
  /** `static: 2` for constants, else record paths: `||` between alternatives, `+` between what goes in together. */
  source: string;
  /** Dotted OCSF path, lists as `[]`. */
  path: string;
  /** The comment on the leaf's line; empty where there is none. */
  description: string;
  /** The attribute's OCSF type, or the kind of the literal where no class is given; empty where neither is known. */
  type: string;
  /** `Always 2`, `Direct mapping`, or the expression on one line. */
  logic: string;
  /** Line of the leaf in the mapping file, from 1. */
  line: number;
}

/** The type of an attribute by its names from the event's root, such as `device`, `os`, `type_id`. */
export type TypeLookup = (path: string[]) => { type: string } | undefined;

/** Rows in the order of the output. Sources count where they begin with one of `records`, all when that is left out. */
export function fieldTable(
  mapping: Mapping,
  options: { records?: readonly string[]; lookup?: TypeLookup } = {},
): FieldRow[] {
  const tokens = new Tokens(mapping.source.text);
  const comments = commentsByLine(mapping, tokens);
  const rows: FieldRow[] = [];
  for (const member of outputMembers(mapping)) {
    if (member.results.some((result) => isObject(result.node))) continue;
    const line = lineOf(member, mapping, tokens);
    const constant = constantOf(member.value, member.scope);
    const sources = alternativesOf(member, options.records);
    rows.push({
      source: constant === undefined ? written(sources) : `static: ${constant}`,
      path: member.path,
      description: comments.get(line) ?? '',
      type: options.lookup?.(member.names)?.type ?? literalType(constant),
      logic: constant === undefined ? logicOf(member, tokens) : `Always ${constant}`,
      line,
    });
  }
  return rows;
}

/** For each source path, the attributes that it feeds, in the order of the output. */
export function lineage(mapping: Mapping, records?: readonly string[]): Map<string, string[]> {
  const fed = new Map<string, string[]>();
  for (const member of outputMembers(mapping)) {
    if (member.results.some((result) => isObject(result.node))) continue;
    for (const source of new Set(alternativesOf(member, records).flat())) {
      const attributes = fed.get(source) ?? [];
      if (!attributes.includes(member.path)) attributes.push(member.path);
      fed.set(source, attributes);
    }
  }
  return fed;
}

function alternativesOf(member: Member, records: readonly string[] | undefined): string[][] {
  const known = (path: string) => records === undefined || records.includes(path.split('.')[0] ?? '');
  return sourcesOf(member.value, member.scope)
    .map((paths) => paths.filter(known))
    .filter((paths) => paths.length > 0);
}

function written(sources: readonly string[][]): string {
  return sources.length === 0 ? 'computed' : sources.map((paths) => paths.join(' + ')).join(' || ');
}

type Constant = string | number | boolean | null;

function constantOf(node: Node, scope: Scope): Constant | undefined {
  const resolved = resolve(node, scope);
  if (!resolved) return undefined;
  if (resolved.node.type === 'block') {
    const result = blockResult(resolved.node, resolved.scope);
    return result && constantOf(result.node, result.scope);
  }
  return isLiteral(resolved.node) && !resolved.node.predicate ? resolved.node.value : undefined;
}

function literalType(constant: Constant | undefined): string {
  if (typeof constant === 'number') return Number.isInteger(constant) ? 'integer' : 'float';
  return constant === undefined || constant === null ? '' : typeof constant;
}

/** The leaf's own expression; where that is only a variable, the expression that the variable is bound to. */
function logicOf(member: Member, tokens: Tokens): string {
  if (copiedPath(member.value, member.scope) !== undefined) return 'Direct mapping';
  const resolved = member.value.type === 'variable' ? resolve(member.value, member.scope) : undefined;
  if (resolved) return tokens.onOneLine(expressionAround(resolved.node, tokens));
  const key = tokens.endingAt(member.key.position);
  return key === undefined ? '' : tokens.onOneLine(tokens.expressionFrom(key + 2));
}

/** A node with the brackets around it that belong to no node: from its first token to where the expression ends. */
function expressionAround(node: Node, tokens: Tokens): { start: number; end: number } {
  const span = spanOf(node, tokens);
  const first = tokens.list.findIndex((token) => token.start === span.start);
  return first < 0 ? span : { start: span.start, end: Math.max(span.end, tokens.expressionFrom(first).end) };
}

function lineOf(member: Member, mapping: Mapping, tokens: Tokens): number {
  const at = member.calledBy ? spanOf(member.calledBy, tokens).start : (member.key.position ?? 1) - 1;
  return mapping.source.position(at).line;
}

function commentsByLine(mapping: Mapping, tokens: Tokens): Map<number, string> {
  const comments = new Map<number, string>();
  for (const comment of tokens.comments) {
    const text = tokens.textOf(comment).slice(2, -2).replace(/\s+/g, ' ').trim();
    const { line } = mapping.source.position(comment.start);
    comments.set(line, comments.has(line) ? `${comments.get(line)} ${text}` : text);
  }
  return comments;
}
