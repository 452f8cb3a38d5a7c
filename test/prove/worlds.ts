import type { Bounds } from './model.ts'

/** A world that is explored to its end, and what it is for. */
export type World = { readonly name: string; readonly bounds: Bounds; readonly most: number }

const everybody: World = {
  name: 'everybody presses at two replicas, as often and as late as they like; two executors; nothing breaks',
  bounds: { quorums: [1, 2], faults: 0, ticks: 6, takings: 4, replicas: 2, hostile: true, steps: 1, from: 'stored' },
  most: 2_000_000,
}
const oneFault: World = {
  name: 'an approved plan, people at one replica, two executors, and any one fault',
  bounds: { quorums: [1], faults: 1, ticks: 5, takings: 2, replicas: 1, hostile: false, steps: 1, from: 'approved' },
  most: 4_000_000,
}
const twoFaults: World = {
  name: 'an approved plan, two executors, and any two faults',
  bounds: { quorums: [1], faults: 2, ticks: 3, takings: 2, replicas: 0, hostile: false, steps: 1, from: 'approved' },
  most: 8_000_000,
}
const afterDeath: World = {
  name: 'a plan left armed by an executor that died unheard, two executors, and any two faults',
  bounds: { quorums: [1], faults: 2, ticks: 6, takings: 3, replicas: 0, hostile: false, steps: 1, from: 'left armed' },
  most: 2_000_000,
}
const twoSteps: World = {
  name: 'an approved plan of two steps, two executors, and any one fault',
  bounds: { quorums: [1], faults: 1, ticks: 4, takings: 3, replicas: 0, hostile: false, steps: 2, from: 'approved' },
  most: 6_000_000,
}
const twoStepsHeard: World = {
  name: 'a new plan of two steps, people at one replica, two executors; nothing breaks',
  bounds: { quorums: [1], faults: 0, ticks: 6, takings: 3, replicas: 1, hostile: true, steps: 2, from: 'stored' },
  most: 2_000_000,
}
const fromTheStart: World = {
  name: 'a new plan, people at one replica, two executors, and any one fault',
  bounds: { quorums: [1], faults: 1, ticks: 5, takings: 2, replicas: 1, hostile: false, steps: 1, from: 'stored' },
  most: 24_000_000,
}

/** What `npm run prove` explores. */
export const worlds: readonly World[] = [everybody, oneFault, twoFaults, afterDeath, twoSteps, twoStepsHeard]

/** What `npm run prove -- --deep` explores besides; it needs 2 GB. */
export const deepWorlds: readonly World[] = [fromTheStart]

/** What the fast suite explores. */
export const fastWorlds: readonly World[] = [
  { ...everybody, bounds: { ...everybody.bounds, quorums: [1], takings: 2, replicas: 1 } },
  { ...oneFault, bounds: { ...oneFault.bounds, takings: 1, ticks: 4 } },
  { ...afterDeath, bounds: { ...afterDeath.bounds, faults: 1 } },
  { ...twoSteps, bounds: { ...twoSteps.bounds, faults: 0, ticks: 1, takings: 2 } },
]
