/** The error of a definition that cannot run. */
import { EngineError } from '../errors.ts';
import type { Diagnostic } from '../report/diagnostic.ts';

/** A definition that cannot run: carries every diagnostic. */
export class DefinitionError extends EngineError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(name: string, diagnostics: readonly Diagnostic[]) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.level === 'error').length;
    super({
      code: 'definition-invalid',
      kind: 'definition',
      message: `the definition of \`${name}\` has ${errors} ${errors === 1 ? 'error' : 'errors'}`,
      fix: `correct ${errors === 1 ? 'it' : 'them'}, then run \`tributary check\``,
    });
    this.diagnostics = diagnostics;
  }
}
