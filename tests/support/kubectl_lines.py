"""Command lines of every verb that is simulated, for the cluster of `small_cluster`."""

from __future__ import annotations

_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: plain, namespace: prod, labels: {app: plain, new: "yes"}}
spec:
  replicas: 5
  strategy: {type: Recreate}
  selector: {matchLabels: {app: plain}}
  template:
    metadata: {labels: {app: plain, tier: front}}
    spec:
      containers:
      - name: extra
        image: extra:1
      - name: main
        image: plain:3
        env: [{name: NEW, value: "2"}, {name: MODE, value: slow}]
"""
FILES = {
    "plain.yaml": _WEB,
    "two.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: b, url: "a<b>&c"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: fresh, labels: {app: fresh}}
data: {x: "1"}
""",
    "pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: alone, namespace: prod}\nspec: {}\n",
    "list.json": '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret",'
    '"metadata":{"name":"keys","namespace":"prod"},"type":"Opaque","data":{"token":"eQ=="}}]}',
    "widget.yaml": """\
apiVersion: example.com/v1
kind: Widget
metadata: {name: w1, namespace: prod}
spec: {parts: [{name: b}]}
""",
    "patch.yaml": "spec: {replicas: 8}\n",
}
_STRATEGIC = (
    '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:2"},'
    '{"name":"third","image":"t:1"}]}}}}',
    '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}',
    '{"spec":{"template":{"spec":{"containers":[{"$patch":"replace"},{"name":"only","image":"o"}]}}}}',
    '{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"side"},{"name":"main"}],'
    '"containers":[{"name":"main","image":"m:9","env":[{"name":"KEEP","$patch":"delete"}]}]}}}}',
    '{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}',
    '{"spec":{"template":{"spec":{"tolerations":[{"key":"b","operator":"Exists"}]}}}}',
    '{"spec":{"template":{"spec":{"volumes":[{"name":"data","$retainKeys":["name","hostPath"],'
    '"hostPath":{"path":"/x"}}]}}}}',
    '{"metadata":{"labels":{"app":null,"x":"y"},"finalizers":["a/b"]}}',
    '{"spec":{"template":{"spec":{"containers":[{"name":"main","ports":[{"containerPort":9090}],'
    '"volumeMounts":[{"mountPath":"/x","name":"data"}]}]}}}}',
    '{"spec":{"template":{"metadata":{"$patch":"replace","labels":{"app":"web"}}}}}',
    "spec: {replicas: 2}",
)
LINES = (
    # delete
    "kubectl delete node n1",
    "kubectl delete nodes n1 n2 missing",
    "kubectl delete no/n1 pod/web-1 -n prod --grace-period=5",
    "kubectl delete pod web-1 -n prod --force",
    "kubectl delete pod web-1 -n prod --force --grace-period=0",
    "kubectl delete po web-1 -n prod --grace-period=0",
    "kubectl delete pod web-1 -n prod --now",
    "kubectl delete pod web-1 --now --grace-period=3 -n prod",
    "kubectl delete pod web-1 -n prod --force --grace-period=3",
    "kubectl delete pods -n prod -l app=web",
    "kubectl delete pods -n prod -l 'app in (web,agent),track!=canary'",
    "kubectl delete pods -n prod -l '!track'",
    "kubectl delete pods -n prod -l 'app,app notin (web)'",
    "kubectl delete pods -A -l app=web",
    "kubectl delete pods --all -n prod",
    "kubectl delete pods,services --all -n prod",
    "kubectl delete deploy,sts -l app=web -n prod",
    "kubectl delete deployment.apps web -n prod --cascade=orphan",
    "kubectl delete deployments.v1.apps/web -n prod --cascade=foreground",
    "kubectl delete deploy web -n prod --cascade",
    "kubectl delete deploy web -n prod --cascade=false",
    "kubectl delete deploy web -n prod --cascade=sometimes",
    "kubectl delete pods -n prod --field-selector=status.phase=Pending",
    "kubectl delete pods -A --field-selector spec.nodeName=n1,status.phase!=Succeeded",
    "kubectl delete pods -n prod",
    "kubectl delete",
    "kubectl delete pod web-1 -n prod -l app=web",
    "kubectl delete pods --all -l app=web -n prod",
    "kubectl delete pod missing -n prod --ignore-not-found",
    "kubectl delete pod missing -n prod",
    "kubectl delete pod web-1",
    "kubectl delete pdb/web svc/web pvc/data -n prod",
    "kubectl delete ns prod",
    "kubectl delete configmap,secret settings keys -n prod",
    "kubectl delete wd w1 -n prod",
    "kubectl delete widgets.example.com --all -n prod",
    "kubectl delete frobs x",
    "kubectl delete -f pod.yaml",
    "kubectl delete -f plain.yaml -f pod.yaml",
    "kubectl delete -f pod.yaml -n other",
    "kubectl delete pod web-1 pod/web-2 -n prod",
    "kubectl delete deploy/a/b -n prod",
    "kubectl delete pod web-1 -A",
    "kubectl delete all --all -n prod",
    # cordon, taint
    "kubectl cordon n1",
    "kubectl cordon node/n1 n2",
    "kubectl cordon n3",
    "kubectl cordon -l zone=b",
    "kubectl cordon missing",
    "kubectl cordon n1 -l zone=b",
    "kubectl uncordon n3",
    "kubectl uncordon n1",
    "kubectl taint nodes n1 dedicated=web:NoSchedule",
    "kubectl taint node n1 n4 a=b:NoExecute c:PreferNoSchedule",
    "kubectl taint nodes n2 dedicated=web:NoSchedule",
    "kubectl taint nodes n2 dedicated=web:NoSchedule --overwrite",
    "kubectl taint nodes n2 dedicated:NoSchedule-",
    "kubectl taint nodes n2 dedicated-",
    "kubectl taint nodes n2 dedicated- other=x:NoSchedule",
    "kubectl taint nodes n1 dedicated-",
    "kubectl taint nodes -l zone=b x=y:NoSchedule",
    "kubectl taint nodes --all x=y:NoSchedule",
    "kubectl taint nodes n1 x=y",
    "kubectl taint nodes n1 x=y:Never",
    "kubectl taint nodes n1 x=y:NoSchedule x=z:NoSchedule",
    "kubectl taint nodes n1 x=y:NoSchedule x-",
    "kubectl taint pods web-1 x=y:NoSchedule",
    "kubectl taint nodes x=y:NoSchedule",
    # drain
    "kubectl drain n1 --ignore-daemonsets",
    "kubectl drain n1",
    "kubectl drain n1 --ignore-daemonsets --grace-period=7",
    "kubectl drain n1 --ignore-daemonsets --disable-eviction",
    "kubectl drain n1 --ignore-daemonsets --disable-eviction --grace-period=0",
    "kubectl drain n1 --ignore-daemonsets --pod-selector=track=canary",
    "kubectl drain n2",
    "kubectl drain n2 --force",
    "kubectl drain n2 --force --delete-emptydir-data",
    "kubectl drain n3",
    "kubectl drain n3 --force",
    "kubectl drain node/n4",
    "kubectl drain -l zone=b --force --delete-emptydir-data",
    "kubectl drain n1 n4 --ignore-daemonsets",
    "kubectl drain missing n1",
    "kubectl drain",
    "kubectl drain n1 --pod-selector='a in'",
    # label, annotate
    "kubectl label node n1 disk=nvme",
    "kubectl label node n1 disk=nvme --overwrite",
    "kubectl label node n1 disk=ssd",
    "kubectl label node n1 disk- new=1",
    "kubectl label nodes --all rack=r1",
    "kubectl label nodes -l zone=b rack=r1 zone-",
    "kubectl label pods -n prod --field-selector=spec.nodeName=n1 x=y",
    "kubectl label deploy/web svc/web -n prod team=pay",
    "kubectl label node n1 disk=not/valid",
    "kubectl label node n1",
    "kubectl label node n1 a=b a-",
    "kubectl label -f pod.yaml x=y",
    "kubectl annotate deploy web -n prod note='of things' why-",
    "kubectl annotate rs web-h1 -n prod note=other",
    "kubectl annotate rs web-h1 -n prod note=other --overwrite",
    "kubectl annotate pod kube-proxy-n1 -n kube-system kubernetes.io/config.mirror-",
    # scale
    "kubectl scale deployment/web -n prod --replicas=5",
    "kubectl scale deploy web plain -n prod --replicas 0",
    "kubectl scale --replicas=3 deploy/web -n prod",
    "kubectl scale deploy/web sts/db rc/old -n prod --replicas=1",
    "kubectl scale deploy --all -n prod --replicas=1",
    "kubectl scale deploy -l app=web -n prod --replicas=1",
    "kubectl scale deploy/web -n prod --replicas=5 --current-replicas=3",
    "kubectl scale deploy/web -n prod --replicas=5 --current-replicas=2",
    "kubectl scale deploy/web -n prod --replicas=-1",
    "kubectl scale deploy/web -n prod",
    "kubectl scale deploy/web -n prod --replicas=many",
    "kubectl scale ds/agent -n prod --replicas=1",
    "kubectl scale deploy/missing deploy/web -n prod --replicas=1",
    "kubectl scale -f plain.yaml --replicas=1",
    # set
    "kubectl set image deployment/web main=web:9 -n prod",
    "kubectl set image deployment/web main=web:9 side=side:9 init=init:9 -n prod",
    "kubectl set image deploy,sts,ds --all '*=all:1' -n prod",
    "kubectl set image deployment web nope=web:9 -n prod",
    "kubectl set image deployment web main=web:2 -n prod",
    "kubectl set image deployment/web '*=a' main=b -n prod",
    "kubectl set image pod/web-1 main=y -n prod",
    "kubectl set image svc/web main=y -n prod",
    "kubectl set resources deployment/web -c main --requests=cpu=200m,memory=1Gi -n prod",
    "kubectl set resources deployment/web --limits=cpu=1 -n prod",
    "kubectl set resources deploy web -c 's*' --limits=memory=1Gi --requests=memory=1Gi -n prod",
    "kubectl set resources deploy web -c nope --limits=memory=1Gi -n prod",
    "kubectl set resources deploy web --limits=memory -n prod",
    "kubectl set resources deploy web -n prod",
    "kubectl set env deployment/web MODE=slow NEW=1 KEEP- -n prod",
    "kubectl set env deployment/web -c side MODE=slow -n prod",
    "kubectl set env deployment/web MODE- KEEP- -n prod",
    "kubectl set env deployment/web -e MODE=slow --overwrite=false -n prod",
    "kubectl set env deployment/web --from=configmap/settings --keys=mode --prefix=S_ -n prod",
    "kubectl set env deployment/web --from=secret/keys --keys=token -n prod",
    "kubectl set env deployment/web 'A B=1' -n prod",
    "kubectl set env deployment/web A=1 A- -n prod",
    "kubectl set env deployment/web --from=configmap/missing -n prod",
    # patch
    *(f"kubectl patch deployment web -n prod -p '{one}'" for one in _STRATEGIC),
    'kubectl patch deploy web -n prod --type=merge -p \'{"spec":{"template":{"spec":'
    '{"containers":[{"name":"one"}],"volumes":null}}}}\'',
    'kubectl patch deploy web -n prod --type json -p \'[{"op":"replace","path":"/spec/replicas",'
    '"value":7},{"op":"add","path":"/metadata/labels/a~1b","value":"c"},{"op":"remove","path":'
    '"/spec/template/spec/containers/1"}]\'',
    'kubectl patch node n2 -p \'{"spec":{"taints":[{"key":"k","effect":"NoSchedule"}]}}\'',
    'kubectl patch node n1 -p \'{"spec":{"podCIDRs":["10.1.0.0/24"]}}\'',
    'kubectl patch svc web -n prod -p \'{"spec":{"ports":[{"port":443,"name":"tls"}]}}\'',
    'kubectl patch pdb web -n prod -p \'{"spec":{"selector":{"matchLabels":{"x":"y"}}}}\'',
    'kubectl patch wd w1 -n prod --type=merge -p \'{"spec":{"size":2}}\'',
    "kubectl patch deploy web -n prod --patch-file patch.yaml",
    "kubectl patch deploy web -n prod",
    "kubectl patch deploy web -n prod --type=odd -p '{}'",
    # apply, create, replace
    "kubectl apply -f plain.yaml",
    "kubectl apply -f two.yaml -n prod",
    "kubectl apply -f two.yaml -n prod -l app=fresh",
    "kubectl apply -f list.json",
    "kubectl apply -f widget.yaml",
    "kubectl apply -f pod.yaml -n other",
    "kubectl create -f two.yaml -n prod",
    "kubectl create -f two.yaml -n other",
    "kubectl replace -f list.json",
    "kubectl replace -f two.yaml -n prod",
    "kubectl create deployment fresh --image=nginx:1 --replicas=2 --port=80 -n prod",
    "kubectl create quota small --hard=pods=3,requests.cpu=2 -n prod",
    "kubectl create pdb mine --selector=app=web --min-available=2 -n prod",
    "kubectl create pdb mine --selector='app in (a,b),!x' --max-unavailable=30% -n prod",
    "kubectl create priorityclass high --value=1000 --preemption-policy=Never",
    "kubectl create ns fresh",
    "kubectl run one --image=nginx:1 --port=80 --env=A=1 --env=B=2 --restart=Never -n prod",
    "kubectl run one --image=nginx -l a=b --command -n prod -- sleep 9",
    # rollout
    "kubectl rollout restart deployment/web -n prod",
    "kubectl rollout restart sts,ds -n prod",
    "kubectl rollout restart deployment/asleep deployment/web -n prod",
    "kubectl rollout restart svc/web -n prod",
    "kubectl rollout undo deployment/web -n prod",
    "kubectl rollout undo deployment/web -n prod --to-revision=1",
    "kubectl rollout undo deployment/web -n prod --to-revision=2",
    "kubectl rollout undo deployment/web -n prod --to-revision=9",
    "kubectl rollout undo deployment/plain -n prod",
    "kubectl rollout undo sts/db -n prod",
    "kubectl rollout undo ds/agent -n prod --to-revision=1",
    "kubectl rollout pause deployment/web -n prod",
    "kubectl rollout resume deployment/asleep -n prod",
    "kubectl rollout resume deployment/web -n prod",
    # what every verb takes
    "kubectl -n prod delete pod web-1",
    "kubectl --request-timeout=9s delete pod -nprod web-1",
    "kubectl delete --namespace prod pod -- web-1",
    "kubectl scale deploy/web -n prod --replicas=2 --frob",
    "kubectl delete pod web-1 -n prod -z",
    "kubectl delete pod web-1 -n prod --grace-period",
    "kubectl frob x",
    "kubectl set frob x",
)
