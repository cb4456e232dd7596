/** The mistakes that lose or repeat records: each as a change of the compiled engine, which the suite must catch. */
export async function judgeDesigns(_names: string, _options: object): Promise<boolean> {
  return false;
}
