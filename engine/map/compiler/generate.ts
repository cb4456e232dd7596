/** A syntax tree as a JavaScript function that reaches nothing but its arguments and the runtime. */
import type { Node } from '../ast.ts';
import type { Analysis } from './analysis.ts';
import { chunksOf } from './chunks.ts';
import { emitNode } from './emit.ts';
import { declare } from './emit-frames.ts';
import { emitResultText } from './emit-text.ts';
import { Emitter } from './emitter.ts';
import type { Native } from './runtime/callable.ts';
import type { Frame } from './runtime/frame.ts';
import type { JsonBytes } from './runtime/json-bytes.ts';
import { LIBRARY } from './runtime/library.ts';
import type { Run } from './runtime/run.ts';
import type { Scope } from './scope.ts';

/**
 * @param frame the outermost frame, for expressions whose variables are looked up by name
 * @param out where a program that `writesText` writes it
 */
export type Program = (run: Run, input: unknown, frame: Frame | undefined, out?: JsonBytes) => unknown;

export interface GenerateOptions {
  analysis: Analysis;
  /** Whether built-in functions are what they are called; false where bindings replace one. */
  trustsBuiltIns: boolean;
  builtIns: ReadonlyMap<string, Native>;
  /** Items in a sequence. */
  limit: number;
  /** Whether the program writes the JSON text of the result instead of giving the result. */
  writesText?: boolean;
}

export function generate(ast: Node, options: GenerateOptions): Program {
  const { source, constants } = generateSource(ast, options);
  const used = Object.entries(LIBRARY).filter(([name]) => source.includes(name));
  const make = new Function(...used.map(([name]) => name), 'LIMIT', 'K', source);
  return make(...used.map(([, value]) => value), options.limit, constants) as Program;
}

/** The text of the function, for tests and for whoever wants to see it. */
export function generateSource(
  ast: Node,
  { analysis, trustsBuiltIns, builtIns, writesText }: Omit<GenerateOptions, 'limit'>,
): { source: string; constants: unknown[] } {
  const chunks = chunksOf(ast);
  const emitter = new Emitter({ analysis, trustsBuiltIns, builtIns, emitNode, chunks });
  const scope: Scope = {
    outer: undefined,
    slots: new Map(),
    frame: analysis.isDynamic ? 'frame' : undefined,
  };
  if (!analysis.isDynamic) declare(emitter, [ast], scope);
  const context = { input: 'input', scope, output: true };
  let result = 'undefined';
  if (writesText) emitResultText(emitter, ast, context);
  else result = emitter.emit(ast, context).js;
  // Some lines ask for constants only now.
  const body = emitter.text();
  const constants = emitter.constants.map((_value, index) => `const k${index} = K[${index}];`);
  const source = [
    '"use strict";',
    ...constants,
    'return (run, input, frame, out) => {',
    body,
    `return ${result};`,
    '};',
  ].join('\n');
  return { source, constants: emitter.constants };
}
