/** What is wrong with this Node, in one line that says what to do; undefined where it is new enough. */
export const nodeProblem = (version: string): string | undefined => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return undefined
  return `Node ${version} is too old: Cluster Doctor needs 22.18 or newer. Use npm (npm run doctor -- start), which brings Node 24, or install Node 24.`
}
