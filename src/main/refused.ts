/** The app will not start like this: each problem is one line for an operator. Exit 78. */
export class Refused extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'Refused'
    this.problems = problems
  }
}
