import { analyzer } from '../../src/analyzers/network-policy.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'network')
