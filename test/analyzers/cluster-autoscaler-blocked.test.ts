import { analyzer } from '../../src/analyzers/cluster-autoscaler-blocked.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'disruption')
