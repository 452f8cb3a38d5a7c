import { faultOf } from './cluster/faults/index.ts'
import type { SimulatedCluster } from './cluster/start.ts'
import { commitFault } from './git/git-fault.ts'
import type { DemoGit } from './git/start.ts'
import type { Monitoring } from './monitoring/start.ts'

/** The faults that are in, and the switch for each. A fault that the doctor repaired goes out by itself. */
export type FaultBoard = {
  injected(): ReadonlySet<string>
  /** Throws where there is no such fault, or where the change is refused. */
  set(id: string, injected: boolean): Promise<void>
}

/** The switches of a cluster's faults; what Git owns is broken by a commit. */
export const createFaultBoard = (cluster: SimulatedCluster, git: DemoGit, monitoring: Monitoring): FaultBoard => {
  const inside = new Set<string>()
  monitoring.subscribe(() => {
    const watched = monitoring.watched()
    for (const id of inside) if (!watched.has(id)) inside.delete(id)
  })
  return {
    injected: () => inside,
    set: async (id, injected) => {
      const fault = faultOf(id)
      if (fault === undefined) throw new Error(`there is no fault ${id}`)
      const act = injected ? fault.inject : fault.heal
      const what = injected ? fault.title : `Take back: ${fault.title}`
      if (fault.gitOwned) await commitFault(git, cluster, act, what)
      else act(cluster)
      if (injected) {
        inside.add(id)
        monitoring.watch(fault)
      } else {
        inside.delete(id)
        monitoring.healed(id)
      }
    },
  }
}
