/**
 * One state of the world as bytes, so that a million of them fit in memory and two are the same exactly when their bytes
 * are. What a byte means is named here and nowhere else.
 */
export const size = 60

/** The clock, in ticks of seven seconds, the life of a permit. */
export const time = 0
export const quorum = 1
/** The stored life, by its number; 0: the store holds no such plan. Two bytes. */
export const life = 2
/** The freeze as the store holds it. */
export const freeze = 4
/** The last fencing token that the store gave out. */
export const fence = 5
/** The worker whose lease holds: 0, 1 or 2. */
export const lease = 6
/** What a replica of the store has kept, for a failover: life (two bytes, 0: nothing), freeze and fence. */
export const keptLife = 7
export const keptFreeze = 9
export const keptFence = 10
/** How many faults have happened. */
export const faults = 11
/** Whether somebody else changed the object. */
export const changed = 12
/** How many requests of the plan's first step took effect, the only one of a plan that is one change; and of its second. */
export const effects = 13
export const effectsNext = 55
/** Whether the address leads to another cluster now. */
export const elsewhere = 14
/** Whether Ana may not approve any more. */
export const revoked = 15
/** 1: the stored plan was changed; 2: changed, and its hash with it. */
export const tampered = 16
/** Bits of the record: see `on`. */
export const record = 17
/** When the last intent of the first step was put on the record, plus one, and the one before it; and the second step's. */
export const intent = 18
export const intentBefore = 54
export const intentNext = 56
export const intentNextBefore = 57
/** Whether somebody else removed what the second step is about. */
export const gone = 58
/** What the check afterwards has seen and not yet stored: the step that is met, plus one. */
export const verifier = 59
/** What people did, whatever the store says: see `truth`. */
export const truths = 19
/**
 * Requests on their way, two at most: the tick it left plus one in the low half; above it two bits of the owner (0: nobody waits)
 * and the step.
 */
export const flight = 20
/** Two workers of eleven bytes. */
export const worker = 22
/** Two replicas that hear people, of five bytes. */
export const replica = 44

/** The bytes of a worker. */
export const w = {
  pc: 0,
  token: 1,
  flags: 2,
  at: 3,
  start: 4,
  result: 5,
  armed: 6,
  rearm: 7,
  of: 8,
  mine: 9,
  step: 10,
  size: 11,
} as const
/** The bytes of a replica. `life` (two bytes) is used only where a mutant writes what it read. */
export const r = { pc: 0, press: 1, late: 2, life: 3, size: 5 } as const

/** What the record says of the plan: an end of it, a freeze, and that its first step was done before a second one. */
export const on = { end: 1, freeze: 2, firstDone: 4 } as const

/**
 * What really happened: who approved what was shown and in time, who denied, whether a freeze is on, whether a failover lost
 * that the plan had been armed (then the card can say less than the record; effects stay bounded all the same), and whether
 * the first step of two was seen through.
 */
export const truth = { ana: 1, ben: 2, denied: 4, frozen: 8, forgot: 16, seen: 32 } as const

/** What a worker has seen or done in this attempt. */
export const flag = {
  changed: 1,
  elsewhere: 2,
  revoked: 4,
  frozenAtGates: 8,
  frozen: 16,
  stopped: 32,
  intended: 64,
  anaOut: 128,
} as const

/** Where a worker stands. The order is the order of the write path. */
export const pc = {
  idle: 0,
  locked: 1,
  look: 2,
  gates: 3,
  gated: 4,
  intended: 5,
  checked: 6,
  armed: 7,
  looked: 8,
  waiting: 9,
  answered: 10,
  recorded: 11,
  reconcile: 12,
  seenDone: 13,
  closing: 14,
  ending: 15,
} as const

/** What became of a request, or what reading back showed. */
export const result = { none: 0, done: 1, rejected: 2, unknown: 3 } as const

/** Whose request it is that is on its way: 0 nobody's any more. */
export const ownerOf = (slot: number): number => (slot >> 4) & 3

/** A request on its way. */
export const under = (owner: number, step: number, left: number): number => (step << 6) | (owner << 4) | (left + 1)

/** The same request, for whose answer nobody waits any more. */
export const unowned = (slot: number): number => slot & 0b1100_1111

/** Where the effects of a step are counted. */
export const effectsOf = (step: number): number => (step === 0 ? effects : effectsNext)

/** Where the last intent of a step is, and the one before it. */
export const intentsOf = (step: number): readonly [number, number] =>
  step === 0 ? [intent, intentBefore] : [intentNext, intentNextBefore]

/** Two bytes as one number. */
export const wide = (state: Uint8Array, at: number): number => (state[at]! << 8) | state[at + 1]!

/** Writes a number into two bytes. */
export const setWide = (state: Uint8Array, at: number, value: number): void => {
  state[at] = value >> 8
  state[at + 1] = value & 255
}
