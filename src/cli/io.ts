/** Where a verb of the command line writes. Colour is for terminals only. */
export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly colour: boolean
}

/** Exit codes of reads and diagnoses (INTERFACE.md), and of wrong usage (sysexits). */
export const exit = { ok: 0, found: 1, unknown: 2, usage: 64, config: 78 } as const
