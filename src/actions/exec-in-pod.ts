import { z } from 'zod'
import { listAt, textAt } from '../domain/at.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { plain } from '../domain/plain.ts'
import { redact } from '../domain/redact.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { writePath } from '../domain/write-path.ts'
import { type Action, defineAction } from './action.ts'

const input = z.strictObject({
  command: z.array(z.string().min(1).max(1_000)).min(1).max(32),
  container: z.string().max(63).optional(),
  /** Said out loud where the program is a shell. */
  shell: z.boolean().default(false),
})

/** Seconds that a command may run; then it is left alone and the connection ends. */
export const longest = 30

/**
 * Runs one command in a container, as an argument vector: no shell stands in between unless a shell is what was asked for.
 * It has no input and no terminal, its output is bounded and redacted, and whether it ran is never guessed by trying again.
 */
export const action: Action = defineAction({
  id: 'exec-in-pod',
  title: 'Run a command',
  kinds: ['Pod'],
  needs: [],
  input,
  draft: ({ target }, { command, container, shell }) => {
    const ref = refOf(target)
    const { uid, ...pod } = ref
    if (uid === undefined) return refused('no-uid', 'The pod was read without its uid, so it cannot be pinned.')
    if (command.some((word) => plain(word, Infinity) !== word))
      return refused('uninspectable', 'The command holds characters that cannot be seen, so nobody could judge it.')
    if (redact(command.join(' ')) !== command.join(' '))
      return refused(
        'secret-in-command',
        'The command holds what looks like a secret; it would stand on a card and on the record.',
      )
    if (textAt(target, 'status', 'phase') !== 'Running') return refused('not-running', `${refText(ref)} does not run.`)
    const names = listAt(target, 'spec', 'containers').map((one) => textAt(one, 'name'))
    const where = container ?? (names.length === 1 ? names[0] : undefined)
    if (where === undefined) return refused('container-needed', `Say in which container: ${names.join(', ')}.`)
    if (!names.includes(where))
      return refused('container-unknown', `${refText(ref)} has no container ${JSON.stringify(where)}.`)
    if (runsShell(command) && !shell)
      return refused('shell', 'That starts a shell, which does whatever its text says. Say --shell if that is meant.')
    const path = writePath(ref, 'exec')
    if (isRefusal(path)) return path
    const query = [
      ...command.map((word) => ['command', word] as const),
      ['container', where] as const,
      ['stderr', 'true'] as const,
      ['stdout', 'true'] as const,
    ]
    return {
      change: { kind: 'cluster-write', request: { method: 'GET', path, query, contentType: '', body: '' } },
      risk: 'high',
      blast: {
        pods: 1,
        workloads: 0,
        services: 0,
        objects: [ref],
        notes: [
          `in container ${where}: ${commandText(command)}`,
          ...(shell ? ['A SHELL: its text does whatever it says'] : ['no shell, no input, no terminal']),
          `at most ${longest} s and 64 KB, shown redacted`,
        ],
      },
      success: { kind: 'command', target: pod, within: 10 },
      undo: { kind: 'none', reason: 'what a command did is not known' },
      summary: `Run ${commandText(command)} in ${refText(ref)}`,
    }
  },
})

const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh', 'fish', 'busybox', 'xargs'])

/** Whether the program is a shell, or one that starts whatever it is given. */
const runsShell = (command: readonly string[]): boolean => shells.has(command[0]?.split('/').at(-1) ?? '')

/** An argument vector as people read it: words with spaces or quotes in quotes. */
const commandText = (command: readonly string[]): string =>
  command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')
