import { analyzer } from '../../src/analyzers/preempted.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'placement')
