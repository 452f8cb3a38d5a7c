import { analyzer } from '../../src/analyzers/cni.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'network')
