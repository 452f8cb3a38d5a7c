import { analyzer } from '../../src/analyzers/kube-proxy.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'network')
