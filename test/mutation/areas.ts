/** What is changed, and the tests that must see it. */
export type Area = { readonly name: string; readonly files: readonly string[]; readonly tests: readonly string[] }

/** The version that is installed beside the copy; nothing of it is a dependency of the product. */
export const strykerVersion = '10.1.1'

/** Policy and plan are pure; the executor runs against a real Redis and a simulated API server. */
export const areas: readonly Area[] = [
  {
    name: 'plan',
    files: [
      'src/domain/plan-life.ts',
      'src/domain/plan-steps.ts',
      'src/domain/canonical.ts',
      'src/domain/seal-plan.ts',
      'src/policy/permit.ts',
    ],
    tests: [
      'test/domain/plan-life.test.ts',
      'test/domain/plan-steps.test.ts',
      'test/domain/canonical.test.ts',
      'test/domain/seal-plan.test.ts',
      'test/policy/permit.test.ts',
    ],
  },
  {
    name: 'policy',
    files: ['src/policy/verdict.ts', 'src/policy/repeat.ts', 'src/policy/authorize.ts', 'src/policy/local-time.ts'],
    tests: [
      'test/policy/policy.test.ts',
      'test/policy/rules.test.ts',
      'test/policy/authorize.test.ts',
      'test/policy/repeat.test.ts',
    ],
  },
  {
    name: 'executor',
    files: [
      'src/doctor/execute.ts',
      'src/doctor/gates/recheck.ts',
      'src/doctor/gates/last-look.ts',
      'src/doctor/effect/read-back.ts',
      'src/doctor/effect/effect.ts',
      'src/doctor/plans/plan-store.ts',
      'src/doctor/decide.ts',
    ],
    tests: [
      'test/doctor/execute.test.ts',
      'test/doctor/decide.test.ts',
      'test/doctor/plan.test.ts',
      'test/doctor/replay.test.ts',
    ],
  },
]
