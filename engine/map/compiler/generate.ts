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
import { OBJECT } from './value.ts';

/**
 * @param frame the outermost frame, for expressions whose variables are looked up by name
 * @param out where a program that `writesText` writes it
 */
export type Program = (run: Run, input: unknown, frame: Frame | undefined, out?: JsonBytes) => unknown;

export interface GenerateOptions {
  analysis: Analysis;
  /** Whether built-in functions are what they are called; false where bindings replace one. */
  trustsBuiltIns: boolean;
  /** Whether the program throws `ListKept` instead of letting what was read before depend on what is kept after it. */
  trustsLists?: boolean;
  /** Whether objects are made without a prototype, as the package makes all of them: that is slower. */
  makesBare?: boolean;
  builtIns: ReadonlyMap<string, Native>;
  /** Items in a sequence. */
  limit: number;
  /** Whether the input is certainly a plain object. */
  isPlainInput?: boolean;
  /** Whether the program writes the JSON text of the result instead of giving the result. */
  writesText?: boolean;
}

export function generate(ast: Node, options: GenerateOptions): Program {
  const { source, constants } = generateSource(ast, options);
  const make = new Function(...Object.keys(LIBRARY), 'LIMIT', 'K', source);
  return make(...Object.values(LIBRARY), options.limit, constants) as Program;
}

/** The text of the function, for tests and for whoever wants to see it. */
export function generateSource(
  ast: Node,
  {
    analysis,
    trustsBuiltIns,
    trustsLists = false,
    makesBare = false,
    builtIns,
    isPlainInput,
    writesText,
  }: Omit<GenerateOptions, 'limit'>,
): { source: string; constants: unknown[] } {
  const chunks = chunksOf(ast, analysis.binding);
  const emitter = new Emitter({
    analysis,
    trustsBuiltIns,
    trustsLists,
    makesBare,
    builtIns,
    emitNode,
    chunks,
  });
  const scope: Scope = {
    outer: undefined,
    slots: new Map(),
    frame: analysis.isDynamic ? 'frame' : undefined,
  };
  if (!analysis.isDynamic) declare(emitter, [ast], scope);
  if (isPlainInput) {
    emitter.know('group input', { js: 'input', type: OBJECT });
    emitter.open('input', { js: 'input', isPlain: 'true', otherwise: 'undefined' });
  }
  const context = { input: 'input', scope, output: true };
  let result = 'undefined';
  if (writesText) emitResultText(emitter, ast, context);
  else result = emitter.emit(ast, context).js;
  // Some lines ask for constants only now.
  const body = emitter.text(result);
  const constants = emitter.constants.map((_value, index) => `const k${index} = K[${index}];`);
  const source = [
    '"use strict";',
    ...constants,
    // In parentheses, so that V8 compiles it at once instead of reading it twice.
    'return ((run, input, frame, out) => {',
    body,
    `return ${result};`,
    '});',
  ].join('\n');
  return { source, constants: emitter.constants };
}
