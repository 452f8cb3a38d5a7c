import { analyzer } from '../../src/analyzers/unschedulable-pods.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'scheduling', 'placement')
