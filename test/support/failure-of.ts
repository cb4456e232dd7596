/** The EngineError that a piece of work fails with, so that a test can look at all of it. */
import { EngineError } from '../../engine/errors.ts';

export async function failureOf(work: () => unknown): Promise<EngineError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
