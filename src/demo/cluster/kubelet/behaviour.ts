import type { Container, Pod } from '../controllers/objects.ts'

/** What a program does when it runs, so that containers of its image can live without it. All times in milliseconds. */
export type Behaviour = {
  /** What the registry says when the image is pulled. */
  readonly pull?: PullResult
  /** From pull to pulled, the first time on a node. */
  readonly pullsIn?: number
  /** From start until it listens and its probes can succeed. */
  readonly readyIn?: number
  /** Ports it listens on once it is up. Without any, probes that name a port are refused. */
  readonly listensOn?: readonly number[]
  /** Paths its HTTP server knows; others answer 404. Any path when not given. */
  readonly paths?: readonly string[]
  /** Bytes of memory in steady use. */
  readonly memory?: number
  /** Cores in steady use. */
  readonly cpu?: number
  /** Lines logged when it starts. */
  readonly greets?: readonly string[]
  /** Lines logged again and again while it runs. */
  readonly chatter?: { readonly every: number; readonly lines: readonly string[] }
  /** It ends by itself with exit code 0 after that long: a job. */
  readonly endsAfter?: number
  /** Environment variables without which it exits with 1. */
  readonly needsEnv?: readonly string[]
  /** Things it connects to. */
  readonly needs?: readonly Need[]
  /** Its own checks at start, on its environment and files; a crash or nothing. */
  readonly starts?: (process: Process) => Crash | undefined
}

/** How a registry answers. */
export type PullResult =
  | 'ok'
  | 'not-found'
  | 'unauthorized'
  | 'rate-limited'
  | 'unreachable'
  | 'unknown-host'
  | 'wrong-platform'

/** A connection a program makes at start and keeps. */
export type Need = {
  readonly host: string
  readonly port: number
  /** What the program does without it: exits, reports not ready, or only logs errors. */
  readonly without: 'crash' | 'unready' | 'errors'
  /** The log line when it fails; `{error}` is the network's own text. */
  readonly says: string
}

/** A program's end by its own error. */
export type Crash = { readonly exitCode: number; readonly after: number; readonly lines: readonly string[] }

/** What a program sees of its surroundings. */
export type Process = {
  readonly pod: Pod
  readonly container: Container
  readonly env: ReadonlyMap<string, string>
  /** Mounted files by absolute path. */
  readonly files: ReadonlyMap<string, string>
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Which behaviour an image has. */
export type Behaviours = {
  readonly of: (image: string) => Behaviour
  /** Adds or replaces images while the cluster runs: what a new push to the registry is. */
  readonly set: (image: string, behaviour: Behaviour) => void
}

/** Looks images up in a table by full name. An unknown tag of a known repository does not exist; an unknown repository runs quietly. */
export function createBehaviours(table: Readonly<Record<string, Behaviour>>): Behaviours {
  const known = new Map(Object.entries(table))
  return {
    of: (image) => known.get(image) ?? unknown(image, known),
    set: (image, behaviour) => {
      known.set(image, behaviour)
    },
  }
}

function unknown(image: string, known: ReadonlyMap<string, Behaviour>): Behaviour {
  const repository = repositoryOf(image)
  if (repository.split('/')[0]?.endsWith('.invalid') === true) return { pull: 'unknown-host' }
  const siblings = [...known.keys()].some((other) => repositoryOf(other) === repository)
  return siblings ? { pull: 'not-found' } : {}
}

/** An image's name without tag and digest. */
export function repositoryOf(image: string): string {
  return (image.split('@')[0] ?? image).replace(/:[^:/]+$/, '')
}

/** An image's name as the runtime resolves it: with registry and tag. */
export function fullName(image: string): string {
  const first = image.split('/')[0] ?? ''
  const hasHost = image.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost')
  const named = hasHost ? image : `docker.io/${image.includes('/') ? '' : 'library/'}${image}`
  return named.includes('@') || /:[^:/]+$/.test(named) ? named : `${named}:latest`
}
