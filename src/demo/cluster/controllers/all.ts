import { cpuUtilization } from '../kubelet/agents.ts'
import { kubeletController } from '../kubelet/kubelet.ts'
import { nodeController } from '../kubelet/node.ts'
import type { Kubelet } from '../kubelet/runtime.ts'
import type { Ground } from '../registry/context.ts'
import { autoscalerController } from './autoscaler.ts'
import { budgetController } from './budget.ts'
import { type ControlLoops, createControlLoops } from './control-loops.ts'
import { cronJobController } from './cronjob.ts'
import { daemonSetController } from './daemonset.ts'
import { deploymentController } from './deployment.ts'
import { endpointsController } from './endpoints.ts'
import type { Hands } from './hands.ts'
import { apiServiceController, garbageCollector, namespaceController, quotaController } from './housekeeping.ts'
import { jobController } from './job.ts'
import { replicaSetController } from './replicaset.ts'
import { scheduler } from './scheduler.ts'
import { statefulSetController } from './statefulset.ts'
import { claimController } from './volumes.ts'

/** Every control loop of the cluster, kubelets included, in the order they get their turn. */
export function createControllers(hands: Hands, ground: Ground, kubelet: Kubelet): ControlLoops {
  return createControlLoops(ground.storage, ground.clock, [
    garbageCollector(hands),
    namespaceController(hands),
    cronJobController(hands),
    jobController(hands),
    deploymentController(hands),
    replicaSetController(hands),
    statefulSetController(hands),
    daemonSetController(hands),
    quotaController(hands, ground),
    scheduler(hands),
    claimController(hands),
    kubeletController(kubelet),
    nodeController(kubelet),
    endpointsController(hands),
    budgetController(hands),
    apiServiceController(hands),
    autoscalerController(hands, (pods) => cpuUtilization(kubelet, pods)),
  ])
}
