import { analyzer } from '../../src/analyzers/etcd.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'control-plane')
